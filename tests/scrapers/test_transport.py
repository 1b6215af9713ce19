"""What the net can do to a reply, over a real connection on this machine."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.clock import SystemClock
from scrapers.hosts import SCREENER_HOST, read_hosts
from scrapers.transport import HostMap, NoReply, Reply, Request, RequestsTransport
from screener.errors import SourceError
from tests.replay.server import Answer, FixedSite, ReplayServer, serving

URL = f"https://{SCREENER_HOST}/company/M%26M/"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    pages: dict[tuple[str, str], bytes | Answer] = {(SCREENER_HOST, "/company/M%26M/"): b"<p>ok"}
    with serving(FixedSite(pages)) as server:
        yield server


@pytest.fixture
def net() -> Iterator[RequestsTransport]:
    net = RequestsTransport(SystemClock())
    yield net
    net.close()


def send(net: RequestsTransport, server: ReplayServer, url: str = URL, **how) -> Reply:
    return HostMap(net, server.hosts).send(Request(url, **how))


def set_fault(server: ReplayServer, **answer) -> None:
    server.faults[:] = [lambda asked, before: Answer(**answer)]


def test_a_stand_in_sees_the_real_host_and_path(net, server):
    reply = send(net, server, headers={"Accept-Encoding": "gzip", "If-None-Match": '"a"'})
    assert (reply.status, reply.body) == (200, b"<p>ok")
    (asked,) = server.asked
    assert (asked.host, asked.path) == (SCREENER_HOST, "/company/M%26M/")
    assert asked.headers["If-None-Match"] == '"a"'
    assert "Cookie" not in asked.headers


def test_a_host_without_a_stand_in_is_not_asked(net, server):
    with pytest.raises(NoReply) as raised:
        send(net, server, "https://elsewhere.example/")
    assert raised.value.offline


def test_cookies_are_neither_kept_nor_sent(net, server):
    set_fault(server, body=b"<p>", headers={"Set-Cookie": "a=b"})
    send(net, server)
    send(net, server)
    assert "Cookie" not in server.asked[-1].headers


def test_redirects_are_returned_not_followed(net, server):
    set_fault(server, status=302, headers={"Location": "/elsewhere/"})
    reply = send(net, server)
    assert reply.redirects
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"body": b"x" * 5000, "cut": 10},
        {"drop": True},
        {"body": b"x" * 5000, "headers": {"Content-Encoding": "gzip"}},
    ],
    ids=["cut off", "dropped", "not the gzip it says"],
)
def test_half_a_reply_is_none(net, server, fault):
    set_fault(server, **fault)
    with pytest.raises(NoReply) as raised:
        send(net, server)
    assert not raised.value.offline
    assert not raised.value.refused


def test_a_reply_larger_than_its_limit_is_not_read(net, server):
    set_fault(server, body=b"<p>" + b"x" * 300_000)
    with pytest.raises(NoReply, match="larger than"):
        send(net, server, body_limit=100_000)
    # Packed it is small and says so: the limit is of what it unpacks to.
    with pytest.raises(NoReply, match="larger than"):
        send(net, server, body_limit=100_000, headers={"Accept-Encoding": "gzip"})


def test_a_silent_host_is_given_up(net, server):
    set_fault(server, body=b"<p>", delay=0.3)
    with pytest.raises(NoReply, match="did not answer in time"):
        send(net, server, read_timeout=0.05)


def test_a_closed_port_is_a_refusal(net):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoReply) as raised:
        net.send(Request(f"http://127.0.0.1:{port}/"))
    assert raised.value.refused


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_host_whose_certificate_nobody_vouches_for_is_not_read(net, tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        try:
            with listening.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as it:
                heard.append(it.recv(1024))
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        with pytest.raises(NoReply, match=r"(?i)certificate"):
            net.send(Request(f"https://localhost:{listening.getsockname()[1]}/"))
        thread.join()
    assert heard == []


def test_a_name_nobody_knows_means_offline(net, monkeypatch):
    def nowhere(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(NoReply) as raised:
        net.send(Request("http://nowhere.invalid/"))
    assert raised.value.offline


def test_a_hosts_file_is_a_table_of_addresses(tmp_path: Path):
    toml = tmp_path / "hosts.toml"
    toml.write_text('[hosts]\n"WWW.Screener.in" = "http://127.0.0.1:8000/"\n')
    assert read_hosts(toml) == {"www.screener.in": "http://127.0.0.1:8000"}
    other = tmp_path / "hosts.json"
    other.write_text('{"a.example": "https://mirror.example/in"}')
    assert read_hosts(other) == {"a.example": "https://mirror.example/in"}


@pytest.mark.parametrize(
    "text", ["", "= 3", '"a" = 5', '"a" = "ftp://b"', '"a" = "b.example"', "\0"]
)
def test_a_bad_hosts_file_is_said_to_be_bad(tmp_path: Path, text: str):
    file = tmp_path / "hosts.toml"
    file.write_text(text)
    if not text:
        assert read_hosts(file) == {}
        return
    with pytest.raises(SourceError):
        read_hosts(file)
    with pytest.raises(SourceError):
        read_hosts(tmp_path / "missing.toml")


def test_the_system_clock_runs():
    clock = SystemClock()
    assert clock.now().utcoffset() == dt.timedelta(0)
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
