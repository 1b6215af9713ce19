"""What is said of screens that cannot run: the place, the mistake, the fix; all of them at once."""

from __future__ import annotations

import sys

import pytest

from screener.errors import LanguageError
from screener.language import Lexicon, compile_screen, parse
from tests.language.small import FIELDS, LEXICON, WATCHLISTS, run


def faults(text: str, lexicon: Lexicon = LEXICON):
    with pytest.raises(LanguageError) as caught:
        compile_screen(text, lexicon, watchlists=WATCHLISTS)
    return caught.value.diagnoses


@pytest.mark.parametrize(
    ("text", "under", "said"),
    [
        ("Debt to equty < 1", "Debt to equty", "Did you mean Debt to equity"),
        ("ROCE > 5 AND Promotr holdng > 50", "Promotr holdng", "Promoter holding"),
        ("leverage < 1", "leverage", "Debt to equity"),
        ("Sales growth 4Years > 10", "Sales growth 4Years", "Sales growth 3Years"),
        ("DMA 100 > 5", "DMA 100", "DMA 200"),
        ("52wk hgh < 5", "52wk hgh", "Down from 52w high"),
        ("zzzz > 1", "zzzz", "No known name"),
        ("ROCE divided by PE > 1", "ROCE divided by PE", "“divided by” is written /"),
        ("ROCE > 15 PE < 20", "PE", "AND or OR is missing"),
        ("Market cap 500", "500", "comparison is missing"),
        ("Debt AND PE < 5", "Debt", "value, not a condition"),
        ("Sector AND PE < 5", "Sector", '= "…"'),
        ("(PE < 5) + 1 > 2", "PE < 5", "condition, not a value"),
        ("PE <", "<", "value is missing"),
        ("PE < 5 AND", "AND", "condition is missing after AND"),
        ("PE < 5 AND OR ROCE > 3", "OR", "condition is missing after AND"),
        ("AND PE < 5", "AND", "cannot begin"),
        ("(PE < 5", "(", "not closed"),
        ("PE < 5)", ")", "closes nothing"),
        ("()", ")", "nothing inside"),
        ("PE < 5, ROCE > 3", ",", "comma does not join"),
        ("Volume > 1,0000", ",", "1,00,000"),
        ("", "", "empty"),
        ("   # only a comment", None, "empty"),
        ('Sector = "Chem', '"Chem', "not closed on its line"),
        ("Sector = Chemicals", "Chemicals", 'Write "Chemicals"'),
        ("Sector != Dyes and Acids = 5", "Dyes", 'Write "Dyes"'),
        ("Sector > 5", "5", "a number"),
        ('Sector > "A"', "Sector", "no larger or smaller"),
        ('PE = "x"', 'PE = "x"', "cannot be compared"),
        ("Last result date > 20250131", "20250131", "Write 2025-01-31"),
        ("Last result date > 2025-02-30", "2025-02-30", "no day"),
        ('Last result date > "2025-02-03"', None, "without quotes"),
        ("Is SME = 1", "Is SME", "true or false by itself"),
        ("5 > 3", "5 > 3", "names no field"),
        ("PE / 0 > 1", "0", "Division by zero"),
        ("PE > 5 as of", "as of", "date is missing"),
        ("PE > 5 as of 2025-01-01 AND ROCE > 5", "as of 2025-01-01", "come last"),
        ("unknown AND PE < 5", "unknown", "unknown(PE)"),
        ("ROCE[3] > 5", "[3]", "[FY-3]"),
        ("ROCE[FY+3] > 5", None, "[FY-3]"),
        ("ROCE[Q-1] > 5", "ROCE[Q-1]", "no quarterly values"),
        ("ROCE[FY-12] > 5", "ROCE[FY-12]", "12 years"),
        ("PE[FY-1] > 5", "PE[FY-1]", "known for today only"),
        ("Sales latest quarter[FY-1] > 5", "Sales latest quarter[FY-1]", "[Q-4]"),
        ("ROCE[TTM-1] > 5", "ROCE[TTM-1]", "[FY-1]"),
        ("Sales[TTM-9] > 5", "Sales[TTM-9]", "trailing years back is further"),
        ("avg(ROCE) > 5", ")", "avg(…, 5y)"),
        ("avg(ROCE, 5) > 5", "5", "avg(…, 5y)"),
        ("avg(ROCE, 13y) > 5", "avg(ROCE, 13y)", "1 to 12 years"),
        ("avg(PE, 5y) > 5", "PE", "known for today only"),
        ("avg(avg(ROCE, 3y), 5y) > 5", "avg(ROCE, 3y)", "within a window"),
        ("avg(ROCE[FY-1], 3y) > 5", "ROCE[FY-1]", "sets the period itself"),
        ("every(ROCE, 5y)", "ROCE", "value, not a condition"),
        ("own(Debt to equity, 5y) > 5", "Debt to equity", "known for today only"),
        ("pct(PE, colour) > 5", "colour", "basic industry"),
        ('Symbol in watchlist "cor"', 'Symbol in watchlist "cor"', "Did you mean core?"),
        ('PE in watchlist "core"', "PE", "Only a symbol"),
        ("PE in 5", "PE in 5", "Did you mean Price to Earning"),
        ("PE between 5", "5", "two values"),
        ("PE > 5 ; ROCE > 2", ";", "no meaning"),
        ("PE > 9" + "9" * 400, None, "too large"),
        ("(" * 150 + "PE > 1" + ")" * 150, None, "levels lie inside"),
        ("avg(" * 150, None, "levels lie inside"),
        ("NOT " * 150 + "Is SME", None, "levels lie inside"),
        ("PE > " + "- " * 150 + "1", None, "levels lie inside"),
    ],
)
def test_a_fault_is_shown_at_its_place_with_its_fix(text, under, said):
    found = faults(text)
    whole = "\n".join(str(d) for d in found)
    assert said in whole, whole
    at = [text[d.start : d.end] for d in found if said in str(d)]
    assert under is None or under in at, (at, whole)
    for d in found:
        assert d.hint, f"no fix is named: {d}"
        line = text.split("\n")[d.line - 1]
        assert d.column == d.start - sum(len(s) + 1 for s in text.split("\n")[: d.line - 1]) + 1
        assert d.excerpt.strip("…") in line.replace("\t", " ")
        if len(line) < 90:
            assert d.caret == " " * (d.column - 1) + "^" * max(d.end - d.start, 1)


def test_one_mistake_is_told_once():
    for text in ("Debt to equty < 1", "PE < 5)", "(PE < 5", "Market cap 500", "PE <", "PE > 5 ;"):
        assert len(faults(text)) == 1, text


def test_all_faults_are_told_together_in_the_order_of_the_text():
    found = faults(
        "Debt to equty < 1 AND ROCE > AND\nPE[FY-1] > 2 OR (Sales grwth 3Years > 1\nAND zzz = 'a')"
    )
    assert [d.code for d in found] == ["unknown-name", "missing", "period", "unknown-name",
                                       "unknown-name"]  # fmt: skip
    assert [(d.line, d.column) for d in found] == [(1, 1), (1, 30), (2, 1), (2, 18), (3, 5)]


def test_the_message_can_be_read_as_it_stands():
    with pytest.raises(LanguageError) as caught:
        parse("ROCE > 15 AND\nDebt to equty < 1", LEXICON)
    assert str(caught.value).startswith(
        "line 2, column 1: No field is called “Debt to equty”.\n"
        "  Debt to equty < 1\n"
        "  ^^^^^^^^^^^^^\n"
        "  Did you mean Debt to equity"
    )


@pytest.mark.parametrize(
    "text",
    [
        "PE > 5\x00",
        "PE \u202e> 5",
        "\u2066PE > 5",
        "PE > 5 🙂",
        "PE > \x1b[31m5",
        "😀" * 50,
        'Sector = "a\x00"',
        'Sector = "\ud800"',
        'Sector = "\u202eb"',
    ],
)
def test_hostile_characters_are_refused_and_never_printed(text):
    for d in faults(text):
        assert all(c.isprintable() or c == "\n" for c in str(d))
        assert not set(str(d)) & set("\x00\x1b\ud800\u202e\u2066")


def test_wide_characters_keep_the_caret_under_its_place():
    (fault,) = faults('Sector = "日本" AND zzz > 1')
    assert fault.caret.index("^") == len('Sector = "日本" AND ') + 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ROCE > Market cap", "in percent"),
        ("ROCE > 5 cr", "amount"),
        ("Market cap > 15%", "percentage"),
        ("Market cap + Current price > 5", "in ₹"),
        ("Current price between 1 and Market cap", "in ₹ crore"),
        ("Volume > Market cap", "a count"),
    ],
)
def test_units_that_do_not_fit_are_a_warning(text, said):
    (warning, *_) = compile_screen(text, LEXICON).warnings
    assert said in warning.message
    assert warning.severity == "warning"


@pytest.mark.parametrize(
    "text",
    [
        "PE < Sales growth 3Years * 2",
        "Market cap / Number of equity shares > Current price",
        "Current price * Number of equity shares > Market cap",
        "100 * (Current price / DMA 200 - 1) > Sales growth 3Years",
        "Market cap > Sales * 0.2 + Debt",
        "Volume > 2 * Volume 1week average",
        "PE > 15%",
    ],
)
def test_units_that_fit_are_not(text):
    assert not compile_screen(text, LEXICON).warnings


def ratios(**texts: str) -> Lexicon:
    return Lexicon.of(FIELDS, {name.replace("_", " "): text for name, text in texts.items()})


def test_a_custom_ratio_is_used_like_a_field():
    lexicon = ratios(Sales_to_debt="Sales / Debt * 100", Twice="Sales to debt * 2")
    own = compile_screen("Twice > 10 AND avg(sales TO debt, 3y) > Sales to debt[FY-2]", lexicon)
    spelt = compile_screen(
        "Sales / Debt * 100 * 2 > 10 AND avg(Sales / Debt, 3y) > Sales[FY-2] / Debt[FY-2]", LEXICON
    )
    assert own.conditions[0].unit == spelt.conditions[0].unit == "pct"
    assert own.conditions[0].fields == ("sales", "debt")
    assert run(own).equals(run(spelt))


def test_ratios_in_a_circle_are_shown_as_one():
    lexicon = ratios(A="B / 2", B="C + 1", C="A * 2", Own="Own + 1")
    assert "A → B → C → A" in str(faults("A > 1", lexicon)[0])
    assert "Own → Own" in str(faults("Own > 1", lexicon)[0])


def test_a_faulty_ratio_is_told_where_it_is_used():
    lexicon = ratios(Broken="Debt to equty * 2", Compared="PE > 5")
    (fault,) = faults("ROCE > 1 AND Broken > 1", lexicon)
    assert "“Broken” is at fault: No field is called “Debt to equty”" in fault.message
    assert fault.column == 14
    assert "Compared" in str(faults("Compared > 1", lexicon)[0])


def test_ratios_that_multiply_do_not_exhaust_the_machine():
    texts = {f"r{i}": f"r{i - 1} + r{i - 1}" for i in range(1, 30)} | {"r0": "PE + 1"}
    assert "too large" in str(faults("r29 > 1", Lexicon.of(FIELDS, texts))[0])


def test_a_ratio_hides_a_field_of_the_same_name():
    program = compile_screen("ROCE > 1", ratios(ROCE="PE * 2"))
    assert program.fields == ("pe",)


def test_reading_leaves_room_on_the_stack_of_the_caller():
    deepest = "(" * 95 + "PE > 1" + ")" * 95
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit - 200)
    try:
        assert compile_screen(deepest, LEXICON).fields == ("pe",)
        for text in (
            "PE > " + "(1 - " * 60 + "PE" + ")" * 60,
            "-(" * 400,
            "((1+2*-" * 400,
            "in (" * 400,
        ):
            try:
                compile_screen(text, LEXICON)
            except LanguageError:
                continue
    finally:
        sys.setrecursionlimit(limit)
