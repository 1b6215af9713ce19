"""The command that reads files of the reader's own into the market."""

from __future__ import annotations

from pathlib import Path

import click

from tui.session import Session, narrate


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--company", metavar="SYMBOL", help="Whose the files are, where they do not say.")
@click.option(
    "--basis",
    type=click.Choice(["consolidated", "standalone"]),
    help="Of a workbook's accounts, where no figure on file tells.",
)
@click.pass_obj
def import_(
    session: Session, files: tuple[Path, ...], company: str | None, basis: str | None
) -> int:
    """Add files of your own to the market you gathered.

    \b
    Screener.in "Export to Excel" workbooks   figures that are not on file yet
    estimates as CSV                          symbol, fy_end, eps, as_of, analysts
    prices as CSV                             symbol, date, close, volume; as traded
    a screen's export as CSV                  becomes a shortlist

    What the sources said is never replaced.
    """
    from scrapers.imports.run import import_files
    from screener.export import clean

    done = import_files(session.paths, files, company=company, basis=basis)
    for one in done.files:
        if one.error:
            narrate(f"{clean(one.file)}: not imported.\n  {clean_lines(one.error)}")
            continue
        what = "companies" if one.kind == "screen" else "new figures"
        click.echo(clean(f"{one.file}: {one.kind} of {one.about}: {one.added:,} {what}"))
        for note in one.notes:
            narrate(f"  {clean(note)}")
    if done.generation:
        narrate(f"Published {done.generation}.")
    return 1 if any(one.error for one in done.files) else 0


def clean_lines(text: str) -> str:
    """Several lines without control characters, indented."""
    from screener.export import clean

    return "\n  ".join(clean(line) for line in text.splitlines())
