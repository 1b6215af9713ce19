"""Pictures as SVG: well formed, nothing from outside taken for markup, all inside the page."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET

import polars as pl
import pytest

from screener.market.store import publish
from tests import changing as made
from tests.tui.test_changes_commands import HOSTILE
from tui.cli import main
from tui.pictures.prices import averages
from tui.pictures.svg import Scale, Svg, shortened, spread, text_width, wrapped

SVG = "{http://www.w3.org/2000/svg}"


def checked(text: str) -> ET.Element:
    """The root of a drawing whose parts all lie on the page and point to nothing outside."""
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    width, height = float(root.get("width")), float(root.get("height"))
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    allowed = {f"{SVG}{tag}" for tag in
               ("svg", "title", "desc", "rect", "text", "line", "path", "circle")}  # fmt: skip
    for part in root.iter():
        assert part.tag in allowed
        assert not any("href" in name or name.startswith("on") for name in part.attrib)
        for name, limit in (("x", width), ("y", height), ("x1", width), ("y2", height)):
            assert -0.5 <= float(part.get(name, 0)) <= limit + 0.5
    for part in root.iter(f"{SVG}text"):
        size, x = float(part.get("font-size")), float(part.get("x"))
        wide = text_width(part.text or "", size)
        left = x - {"end": wide, "middle": wide / 2}.get(part.get("text-anchor"), 0)
        assert left >= -1, part.text
        assert left + wide <= width + 1, part.text
    return root


def words(root: ET.Element) -> list[str]:
    return [part.text or "" for part in root.iter(f"{SVG}text")]


def test_the_market_is_drawn_with_its_verdict_day_and_source(kasauti, tmp_path):
    target = tmp_path / "pictures" / "market.svg"
    code, out, err = kasauti("market", "--svg", str(target))
    assert (code, out) == (0, "")
    assert str(target) in err
    root = checked(target.read_text(encoding="utf-8"))
    said = words(root)
    state = json.loads(kasauti("market", "--json")[1])
    assert root.find(f"{SVG}desc").text == state["verdict"]["sentence"]
    assert state["verdict"]["sentence"].split()[0] in said[1]
    assert any("fictional companies" in text and "27 Jan 2026" in text for text in said)
    small = next(one for one in state["sizes"] if one["key"] == "micro")["breadth"]["fallers"]
    assert any(f"{small['count']:,} of {small['of']:,} down" in text for text in said)


def test_the_market_of_an_earlier_day_says_so(kasauti):
    code, out, _ = kasauti("market", "--svg", "-", "--as-of", "2025-06-30")
    assert code == 0
    said = words(checked(out))
    assert any("30 JUN 2025" in text for text in said)
    assert any("as known on 30 Jun 2025" in text for text in said)
    assert not any("27 Jan 2026" in text for text in said)


def test_a_company_is_drawn_told_and_written_as_json(kasauti):
    symbols = json.loads(kasauti("screen", "ROCE > 10", "--json", "--limit", "40")[1])["rows"]
    for row in symbols[::10]:
        code, out, _ = kasauti("company", row["symbol"], "--svg", "-")
        assert code == 0
        said = words(checked(out))
        assert any(row["symbol"] in text for text in said)
        assert any("fictional" in text for text in said)
    code, text, _ = kasauti("company", row["symbol"])
    assert code == 0
    for title in ("Screens", "Years, ₹ crore", "Quarters, ₹ crore", "Peers", "Owners, %"):
        assert f"\n\n{title}\n" in text
    page = json.loads(kasauti("company", row["symbol"], "--json")[1])
    assert page["fictional"] is True
    assert {one["verdict"] for one in page["standings"]} <= {"pass", "fail", "unknown", "outside"}
    why = kasauti("why", row["symbol"], "selectivity_core", "--json")[1]
    core = next(one for one in page["standings"] if one["screen"] == "selectivity_core")
    if core["verdict"] != "outside":
        assert core["verdict"] == json.loads(why)["verdict"]
    last = page["years"][-1]["figures"]
    assert f"{last['sales']:,.0f}"[-3:] in text


def test_every_kind_of_company_can_be_shown(kasauti, demo):
    """Banks, loss makers, new listings: whatever figures are missing."""
    companies = demo.companies.sort("listed_on", nulls_last=True)
    kinds = companies.group_by("template", maintain_order=True).last()["symbol"].to_list()
    for symbol in (*kinds, companies["symbol"].drop_nulls()[-1]):
        assert kasauti("company", symbol)[0] == 0
        code, out, _ = kasauti("company", symbol, "--svg", "-")
        assert code == 0
        checked(out)


def test_names_from_outside_are_text_and_no_more(paths, capsys):
    held = made.until(made.made(), made.NOW)
    hostile = f'{HOSTILE} ]]> & "q" </text><script>alert(1)</script>\ufffe\u202e'
    held["companies"] = held["companies"].with_columns(pl.lit(hostile).alias("name"))
    held["indices"] = pl.DataFrame(
        [{"index": f"Smallcap 250 {hostile}", "date": made.NOW, "close": 1.0}]
    )
    publish(paths.real_market, held, date=made.NOW, sources={"<b>&source": "x"})
    for args in (("company", "C03", "--svg", "-"), ("market", "--svg", "-")):
        with pytest.raises(SystemExit):
            main(list(args))
        out = capsys.readouterr().out
        root = checked(out)
        assert "<script" not in out
        assert "\x1b" not in out
        assert any("<b>" in text for text in words(root))
    with pytest.raises(SystemExit):
        main(["company", "C03"])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_text_is_cut_and_wrapped_to_its_room():
    long = "Distribution of small caps against the large ones " * 4
    assert text_width(shortened(long, 200, 12), 12) <= 200
    assert shortened("short", 200, 12) == "short"
    lines = wrapped(long, 300, 14)
    assert all(text_width(line, 14) <= 300 for line in lines)
    assert " ".join(lines) == long.strip()


def test_labels_are_moved_apart_and_stay_in_order():
    places = spread([10, 12, 11, 95], 14, 5, 100)
    ordered = sorted(places)
    assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(ordered))
    assert places[0] < places[2] < places[1]
    assert max(places) <= 100


def test_a_scale_of_ratios_gives_equal_steps_to_equal_ratios():
    scale = Scale(10, 1000, 0, 100, log=True)
    assert scale(100) == pytest.approx(50)
    assert Scale(0, 10, 100, 0)(2.5) == 75


def test_an_average_needs_all_its_sessions():
    assert averages([1.0, 2.0, 3.0, 4.0], 3) == [None, None, 2.0, 3.0]


def test_a_drawing_without_parts_is_still_a_drawing():
    checked(Svg(10, 10, "t", "d").render())
