"""The command that shows a company: as text, as JSON, or as a picture for a note or a mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.session import as_of_option, narrate

if TYPE_CHECKING:
    from tui.session import Session


@click.command()
@click.argument("symbol")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a picture here (- is stdout).")
@as_of_option
@click.pass_obj
def company(session: Session, symbol: str, as_json: bool, svg: Path | None) -> None:
    """Show a company: figures, what every screen says, ten years, quarters, peers, owners."""
    from tui import company_text as words
    from tui.company_page import company_page

    page = company_page(session.market(), session.library(), symbol, state=session.paths.state)
    if svg is not None:
        from tui.pictures.company import company_svg

        write_out(svg, company_svg(page))
        return
    click.echo(words.company_json(page) if as_json else words.company_text(page))


def write_out(path: Path, text: str) -> None:
    """Write a page or a picture in one step, or print it for “-”. Raises StorageError."""
    from screener.errors import StorageError
    from screener.market.files import replace_file

    if path == Path("-"):
        click.echo(text, nl=False)
        return
    path = path.expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode("utf-8"))
    except OSError as err:
        raise StorageError(
            f"Cannot write {path}: {err.strerror or err}", "Choose another folder."
        ) from err
    narrate(f"Written to {path}.")
