"""The command line: the same engine without the app. stdout is data, stderr is narration.

Exit codes: 0 done, 1 something failed, 2 a wrong command or screen, 3 something changed (changes,
watch), 4 no usable market, 5 a source failed, 6 the disk refused, 130 interrupted.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import KasautiError
from screener.paths import app_version, default_paths
from tui.ascii import print_readably
from tui.changes_commands import changes, watch
from tui.company_commands import peers, score
from tui.import_commands import import_
from tui.optional_commands import sources
from tui.page_commands import company, write_out
from tui.screens_commands import screens
from tui.session import AS_OF, AS_OF_HELP, Session, as_of_option, narrate, screen_of
from tui.source_commands import doctor, refresh
from tui.time_commands import replay
from tui.web_commands import serve

if TYPE_CHECKING:
    from screener.screening import Result

DEFAULT_COLUMNS: Final = (
    "market_cap",
    "current_price",
    "pe",
    "roce",
    "debt_to_equity",
    "sales_growth_3_years",
)
_EXIT_FAILED: Final = 1
_EXIT_INTERRUPTED: Final = 130
CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 92}


@click.group(invoke_without_command=True, context_settings=CONTEXT)
@click.option("--demo", is_flag=True, help="Use the demo market even if a real one was gathered.")
@click.option("--as-of", "day", type=AS_OF, metavar="DATE", help=AS_OF_HELP)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, to select text.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, help="Say the version.",
    callback=lambda context, _, wanted: _say_version(context) if wanted else None,
)  # fmt: skip
@click.pass_context
def cli(context: click.Context, demo: bool, day: dt.datetime | None, no_mouse: bool) -> None:
    """Kasauti: a fundamental stock screener for Indian small caps.

    Without a command it opens the app. Companies come from what `kasauti refresh` gathered;
    before the first refresh, from a demo market of fictional companies.
    """
    context.obj = Session(default_paths(), "demo" if demo else "auto")
    if day is not None:
        _look_back(context, day.date())
    if context.invoked_subcommand is None:
        _open_app(context.obj, mouse=not no_mouse)


def _say_version(context: click.Context) -> None:
    click.echo(f"kasauti {app_version()}")
    context.exit()


def _look_back(context: click.Context, day: dt.date) -> None:
    """Ask the app or the command about an earlier day. Raises UsageError where it knows of none."""
    name = context.invoked_subcommand
    asked = None if name is None else cli.get_command(context, name)
    if asked is not None and not any("--as-of" in option.opts for option in asked.params):
        raise click.UsageError(f"`kasauti {name}` is the same on every day; leave --as-of out.")
    context.obj.as_of = day


def _open_app(session: Session, *, mouse: bool) -> None:
    in_browser = "TEXTUAL_DRIVER" in os.environ  # set by textual-serve, which gives it pipes
    in_terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if in_browser or in_terminal:
        from tui.app import run_app

        run_app(session.paths, market=session.which, day=session.as_of, mouse=mouse)
        return
    from screener.screens import DEFAULT_SCREEN

    _print_result(session.run(session.library().get(DEFAULT_SCREEN)), limit=None, sort=())
    if os.environ.get("TERM") == "dumb":
        narrate(
            "This terminal says it can only print lines (TERM=dumb), so here is the list as text."
        )
        narrate("`kasauti --help` lists the commands; with another TERM `kasauti` opens the app.")
        return
    narrate("Open the app by running `kasauti` in a terminal; `kasauti --help` lists the commands.")


@cli.command()
@click.argument("query", metavar="NAME|QUERY")
@click.option(
    "--csv", "csv_file", type=click.Path(path_type=Path), help="Write CSV here (- is stdout)."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write FILE; its ending says how: .csv, .xlsx, .parquet, .json or .md.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--sort", "sort", multiple=True, metavar="FIELD", help="Sort by it; -FIELD for largest first."
)
@click.option("--limit", type=click.IntRange(min=0), help="At most so many companies.")
@click.option("--columns", metavar="FIELD,…", help="Columns to show, by field name.")
@click.option(
    "--show",
    type=click.Choice(["pass", "unknown", "near", "fail", "all"]),
    default="pass",
    show_default=True,
    help="Which companies: passes, those that need data, near misses, fails, all.",
)
@as_of_option
@click.pass_obj
def screen(
    session: Session,
    query: str,
    csv_file: Path | None,
    out: Path | None,
    as_json: bool,
    sort: tuple[str, ...],
    limit: int | None,
    columns: str | None,
    show: Any,
) -> None:
    """Run a named screen, or a query as written in the screen language.

    \b
    kasauti screen selectivity_core
    kasauti screen "ROCE > 20 and Debt to equity < 0.3" --sort -ROCE --limit 20
    """
    result = session.run(screen_of(session, query))
    frame = _rows(result, show=show, sort=sort, columns=columns, limit=limit)
    from screener.export import csv_text, json_text, table_of, write, write_csv

    if as_json:
        click.echo(json_text(table_of(frame, result)))
    elif csv_file == Path("-"):
        click.echo(csv_text(table_of(frame, result)), nl=False)
    elif csv_file is not None:
        count = write_csv(csv_file.expanduser(), table_of(frame, result))
        narrate(f"{count} companies written to {csv_file}.")
        _narrate_result(result)
    elif out is not None:
        count = write(out.expanduser(), table_of(frame, result))
        narrate(f"{count} companies written to {out}.")
        _narrate_result(result)
    else:
        _print_frame(result, frame)


@cli.command()
@click.argument("symbol")
@click.argument("query", metavar="SCREEN")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@as_of_option
@click.pass_obj
def why(session: Session, symbol: str, query: str, as_json: bool) -> None:
    """Say why a company passes a screen, fails it or cannot be judged, and how near it is."""
    from tui import explain

    result = session.run(screen_of(session, query))
    found = result.why(result.isin_of(symbol))
    click.echo(explain.why_json(found, result) if as_json else explain.why_text(found, result))


@cli.command()
@click.argument("query", metavar="SCREEN")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@as_of_option
@click.pass_obj
def funnel(session: Session, query: str, as_json: bool) -> None:
    """Show how many companies are left after each condition, and which condition binds."""
    from tui import explain

    result = session.run(screen_of(session, query))
    click.echo(explain.funnel_json(result) if as_json else explain.funnel_text(result))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a picture here (- is stdout).")
@as_of_option
@click.pass_obj
def market(session: Session, as_json: bool, svg: Path | None) -> None:
    """Show the state of the market: breadth, earnings, valuation, channel, rotation."""
    from tui import market_text as words

    held = session.newest()  # the state reads the tables of the day itself
    if svg is not None:
        from tui.pictures.market import market_svg

        write_out(svg, market_svg(held, session.as_of))
        return
    click.echo((words.market_json if as_json else words.market_text)(held, session.as_of))


@cli.command()
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print every field as a Markdown page.")
def fields(words: tuple[str, ...], as_json: bool, markdown: bool) -> None:
    """List the fields a screen can use, or show the page of one.

    WORDS narrow the list: `kasauti fields return equity`. A field's exact name shows its page.
    """
    from tui import explain

    if markdown:
        click.echo(explain.fields_markdown(), nl=False)
    else:
        click.echo(explain.fields_json(words) if as_json else explain.fields_text(words))


for _command in (
    changes,
    watch,
    company,
    score,
    peers,
    screens,
    refresh,
    doctor,
    sources,
    import_,
    serve,
    replay,
):
    cli.add_command(_command)


def _rows(
    result: Result, *, show: Any, sort: Sequence[str], columns: str | None, limit: int | None
) -> Any:
    from screener.fields.catalogue import find

    keys = (
        [find(name.strip()).key for name in columns.split(",") if name.strip()]
        if columns
        else list(result.screen.columns or DEFAULT_COLUMNS)
    )
    order = [(find(name.removeprefix("-")).key, name.startswith("-")) for name in sort]
    shown = list(dict.fromkeys([*keys, *(key for key, _ in order)]))
    frame = result.rows(show, shown, order or (() if show == "near" else result.screen.sort))
    return frame if limit is None else frame.head(limit)


def _print_result(result: Result, *, limit: int | None, sort: Sequence[str]) -> None:
    _print_frame(result, _rows(result, show="pass", sort=sort, columns=None, limit=limit))


def _print_frame(result: Result, frame: Any) -> None:
    from tui.explain import table_text

    text = table_text(frame.drop("isin", "verdict"))
    if text:
        click.echo(text)
    _narrate_result(result)


def _narrate_result(result: Result) -> None:
    counts = result.counts
    outside = f" · {counts.outside:,} outside its universe" if counts.outside else ""
    narrate(
        f"{result.screen.title}: {counts.passed:,} pass · {counts.failed:,} fail · "
        f"{counts.unknown:,} need data{outside}"
    )
    narrate(result.market.label)
    for warning in result.program.warnings:
        narrate(f"note: {warning}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; every error becomes a message and an exit code."""
    print_readably()
    sys.exit(_guarded(lambda: cli.main(args=argv, prog_name="kasauti", standalone_mode=False)))


def _guarded(action: Callable[[], Any]) -> int:
    try:
        code = action()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # The reader of the pipe has gone; give the interpreter somewhere to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        narrate("Stopped.")
        return _EXIT_INTERRUPTED
    except click.ClickException as err:
        err.show()
        return err.exit_code
    except KasautiError as err:
        narrate(f"kasauti: {err}")
        return err.exit_code
    except Exception as err:
        return _unexpected(err)


def _unexpected(err: Exception) -> int:
    from tui.log import write_log

    where = write_log(default_paths(), err)
    narrate(f"kasauti: unexpected {type(err).__name__}: {err}")
    narrate(f"The details are in {where}." if where else "The details could not be written.")
    return _EXIT_FAILED


if __name__ == "__main__":
    main()
