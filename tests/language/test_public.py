"""Screens that people published run as they stand, or their own mistake is named with its fix."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest

from screener.errors import LanguageError
from screener.fields.catalogue import all_fields, lexicon
from screener.language import compile_screen, format, parse
from tests.conftest import ROOT
from tests.language.fuzz import outcome, spoil


@pytest.fixture(scope="module")
def screens() -> dict[str, str]:
    default = ROOT.parent / "shared" / "queries" / "public_screens.jsonl"
    named = os.environ.get("KASAUTI_QUERIES", str(default)).split(os.pathsep)
    files = [Path(name) for name in named if Path(name).is_file()]
    if not files:
        pytest.skip(f"no public screens in {named} (set KASAUTI_QUERIES)")
    rows = [
        json.loads(line)
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return {f"{i} {row['id']}": row["query"] for i, row in enumerate(rows)}


@pytest.mark.recorded
def test_every_public_screen_runs_or_is_diagnosed(screens, capsys):
    ran, diagnosed, neither = [], {}, {}
    for name, query in screens.items():
        try:
            program = compile_screen(query, lexicon())
        except LanguageError as error:
            helped = all(d.hint for d in error.diagnoses)
            (diagnosed if helped else neither)[name] = str(error)
        except Exception as error:
            neither[name] = repr(error)
        else:
            ran.append(name)
            assert parse(format(program.tree), lexicon()) == program.tree, name
    with capsys.disabled():
        counts = f"{len(ran)} run, {len(diagnosed)} diagnosed, {len(neither)} neither"
        print(f"\n{len(screens)} screens: {counts}")
    assert not neither
    assert len(ran) > len(screens) / 2, diagnosed


@pytest.mark.recorded
def test_public_screens_that_were_spoilt_end_well(screens):
    r, texts = Random(5), list(screens.values())
    for _ in range(300):
        outcome(spoil(r.choice(texts), texts, r), lexicon())


def test_no_name_of_the_catalogue_hides_another():
    assert not lexicon().clashes


def test_every_name_and_alias_of_the_catalogue_is_read_as_its_field():
    for field in all_fields():
        for written in (field.name, *field.aliases, field.key):
            name = lexicon().find(written)
            assert name is not None, written
            assert name.key == field.key, written
            spelt = written.upper().replace(" ", "  ")
            compare = {"flag": "", "text": " = 'a'", "date": " > 2025-01-01"}.get(
                field.unit, " > 1"
            )
            tree = parse(f"{spelt}{compare}", lexicon())
            assert parse(format(tree), lexicon()) == tree
            assert format(tree).startswith(field.name), written
