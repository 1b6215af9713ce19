"""`kasauti serve`: who is let in, and the app driven in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from screener.paths import Paths

ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/\?key=(\S+)")
CHROMIUM_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1280,800",
)  # fmt: skip


@pytest.fixture
def served(demo_home: Paths, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address and the key of a running server over the small demo market."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "--demo", "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"},
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = ADDRESS.search(said)
        assert found, said + process.stderr.read()
        _until_it_listens(int(found[1].rpartition(":")[2]))
        yield found[1], found[2]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _until_it_listens(port: int) -> None:
    """The address is said just before the port is open."""
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.01)
        else:
            return


def test_only_the_holder_of_the_key_is_let_in(served: tuple[str, str]) -> None:
    address, key = served
    assert requests.get(address, timeout=10).status_code == 403
    assert requests.get(f"{address}/ws", timeout=10).status_code == 403
    assert requests.get(f"{address}/?key=guess", timeout=10).status_code == 403
    with requests.Session() as visitor:
        page = visitor.get(f"{address}/?key={key}", timeout=10)
        assert page.status_code == 200
        assert key not in page.url
        assert not re.search(r"https?://(?!127\.0\.0\.1)", page.text), "the page works offline"
        other = {"Origin": "http://elsewhere.example"}
        assert visitor.get(f"{address}/ws", headers=other, timeout=10).status_code == 403
        rebound = {"Host": "elsewhere.example"}
        assert visitor.get(address, headers=rebound, timeout=10).status_code == 403


@pytest.fixture
def browser() -> Iterator[Callable[..., object]]:
    """A headless Chromium, where the machine has one."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium on this machine")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    window = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield window
    finally:
        window.quit()


def test_the_app_is_driven_in_a_browser(
    served: tuple[str, str], browser: object, demo_home: Paths, tmp_path: Path
) -> None:
    from selenium.webdriver import ActionChains, Chrome, Keys
    from selenium.webdriver.support.ui import WebDriverWait

    assert isinstance(browser, Chrome)
    address, key = served
    browser.get(f"{address}/?key={key}")
    wait = WebDriverWait(browser, 30)
    wait.until(lambda d: "-first-byte" in d.execute_script("return document.body.className"))
    browser.find_element("id", "terminal").click()
    folder = tmp_path / "written"
    folder.mkdir()
    file = folder / "list.csv"

    ActionChains(browser).send_keys(Keys.ENTER).perform()  # the welcome, once
    # Keys before the list is there would be other commands; it is kept when it has been drawn.
    wait.until(lambda _: (demo_home.state_dir / "last_list.json").exists())
    ActionChains(browser).send_keys("x").key_down(Keys.CONTROL).send_keys("u").key_up(
        Keys.CONTROL
    ).send_keys(str(file), Keys.ENTER).perform()
    wait.until(lambda _: file.exists())
    text = file.read_text(encoding="utf-8")
    assert "demo" in text
    assert "Symbol" in text
    assert len(text.splitlines()) > 3
