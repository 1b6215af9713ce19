"""The commands of named screens: list them; show, add, check and remove your own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.session import Session, check, narrate


@click.group(invoke_without_command=True)
@click.pass_context
def screens(context: click.Context) -> None:
    """List the named screens; add, check and remove your own."""
    if context.invoked_subcommand is None:
        library = context.obj.library()
        width = max(len(s.name) for s in library.screens)
        for one in library.screens:
            click.echo(
                f"{one.name:<{width}}  {'own      ' if one.own else 'built-in '} {one.title}"
            )
        narrate(f"Your own screens and ratios: {library.file}")


@screens.command("show")
@click.argument("name")
@click.pass_obj
def show_screen(session: Session, name: str) -> None:
    """Print a screen: its query and its reason."""
    one = session.library().get(name)
    click.echo(f"{one.title}\n")
    if one.universe:
        click.echo(f"universe: {one.universe}\n")
    click.echo(one.query)
    if one.why:
        click.echo(f"\n{one.why}")


@screens.command("add")
@click.argument("name")
@click.argument("query", required=False)
@click.option("--paste", is_flag=True, help="Read the query from standard input.")
@click.option("--why", "reason", default="", help="Your reason for it.")
@click.pass_obj
def add_screen(session: Session, name: str, query: str | None, paste: bool, reason: str) -> None:
    """Save a query as your own screen. The query is checked first."""
    from screener.screens import Screen, slug

    text = sys.stdin.read() if paste or query is None else query
    library = session.library()
    check(text, library)
    saved = library.save(Screen(name=slug(name), title=name, query=text.strip(), why=reason))
    narrate(f"Saved as {slug(name)} in {saved.file}.")


@screens.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True), required=True)
@click.pass_obj
def check_screens(session: Session, files: tuple[Path, ...]) -> None:
    """Check queries in files.

    A text file holds one query, a .toml is a screens file, a .jsonl holds a query a line.
    """
    from screener.errors import LanguageError
    from screener.screens import read_file, read_queries

    library = session.library()
    wrong = 0
    for path in files:
        if path.suffix == ".toml":
            named = [(f"{path}: {s.name}", s.query) for s in read_file(path)]
        elif path.suffix == ".jsonl":
            named = [(f"{path}: {name}", text) for name, text in read_queries(path)]
        else:
            named = [(str(path), path.read_text(encoding="utf-8", errors="replace"))]
        for label, text in named:
            try:
                check(text, library)
                click.echo(f"{label}: runs")
            except LanguageError as err:
                wrong += 1
                click.echo(f"{label}:\n{err}")
    if wrong:
        sys.exit(2)


@screens.command("remove")
@click.argument("name")
@click.pass_obj
def remove_screen(session: Session, name: str) -> None:
    """Remove one of your own screens."""
    session.library().delete(name)
    narrate(f"Removed {name}.")
