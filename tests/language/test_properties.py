"""The language against a slow interpreter and against SQL, and its text against itself."""

from __future__ import annotations

from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.language import compile_screen, format, parse
from tests.language import sql
from tests.language.interpreter import judge, market
from tests.language.small import FRAME, LEXICON, PANEL, WATCHLISTS, run
from tests.language.trees import Maker

MARKET = market(FRAME, PANEL)
# The same examples in every run: of millions, one may stand on the last digit of a fraction.
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
chance = st.integers(0, 2**48).map(Random)  # a source of chance of its own size, unlike st.randoms


@settings(SLOW, max_examples=100)
@given(chance)
def test_canonical_text_gives_the_same_tree(random):
    for _ in range(20):
        tree = Maker(random, sensible=False).screen()
        text = format(tree)
        again = parse(text, LEXICON)
        assert again == tree, text
        assert format(again) == text


def check_by_the_interpreter(random: Random, screens: int) -> None:
    for _ in range(screens):
        tree = Maker(random, sensible=True).screen()
        program = compile_screen(format(tree), LEXICON, watchlists=WATCHLISTS)
        assert program.tree == tree
        assert run(program)["verdict"].to_list() == judge(tree, MARKET), program.text


@settings(SLOW, max_examples=50)
@given(chance)
def test_verdicts_equal_those_of_a_plain_interpreter(random):
    check_by_the_interpreter(random, 10)


@pytest.mark.slow
@settings(SLOW, max_examples=400)
@given(chance)
def test_verdicts_of_many_screens_equal_those_of_a_plain_interpreter(random):
    check_by_the_interpreter(random, 24)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("sql") / "market.parquet"
    FRAME.hstack(PANEL.select(pl.exclude(FRAME.columns))).drop("indices").write_parquet(path)
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE market AS SELECT * FROM '{path}'")
        yield db


@settings(SLOW, max_examples=25)
@given(chance)
def test_verdicts_equal_those_of_sql(database, random):
    trees = [sql.PlainMaker(random, sensible=True).screen() for _ in range(12)]
    asked = ", ".join(sql.condition(tree.condition) for tree in trees)
    rows = database.execute(f"SELECT {asked} FROM market ORDER BY size_rank").fetchall()
    for tree, opinion in zip(trees, zip(*rows, strict=True), strict=True):
        program = compile_screen(format(tree), LEXICON)
        assert run(program)["verdict"].to_list() == list(opinion), program.text


@settings(SLOW, max_examples=40)
@given(chance)
def test_the_conditions_of_a_screen_are_what_it_joins_by_and(random):
    tree = Maker(random, sensible=True).screen()
    program = compile_screen(format(tree), LEXICON, watchlists=WATCHLISTS)
    verdicts = run(program)
    joined = verdicts.select(pl.all_horizontal(pl.exclude("verdict")))
    assert joined.to_series().to_list() == verdicts["verdict"].to_list()
    for condition in program.conditions:
        alone = compile_screen(condition.text, LEXICON, watchlists=WATCHLISTS)
        assert run(alone)["verdict"].to_list() == verdicts[f"c{condition.index}"].to_list()


@settings(SLOW, max_examples=40)
@given(chance)
def test_not_turns_pass_and_fail_round_and_leaves_unknown(random):
    tree = Maker(random, sensible=True).screen()
    plain = compile_screen(format(tree.condition), LEXICON, watchlists=WATCHLISTS)
    turned = compile_screen(f"NOT ({plain.text})", LEXICON, watchlists=WATCHLISTS)
    opposite = {True: False, False: True, None: None}
    expected = [opposite[v] for v in run(plain)["verdict"]]
    assert run(turned)["verdict"].to_list() == expected


def test_the_small_market_has_gaps_but_nothing_that_is_not_a_number():
    floats = FRAME.select(pl.col(pl.Float64))
    assert floats.null_count().sum_horizontal().item() > 50
    assert floats.select(pl.all_horizontal(pl.all().is_finite().all())).item()
