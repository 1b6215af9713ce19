"""The commands that take one company apart: its score, its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.session import as_of_option

if TYPE_CHECKING:
    from tui.session import Session


@click.command()
@click.argument("symbol")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@as_of_option
@click.pass_obj
def score(session: Session, symbol: str, as_json: bool) -> None:
    """Take a company's selectivity score apart: every figure, its goalposts, points and weight.

    What the figures give adds up to the score.
    """
    from screener.score_report import score_report
    from tui import score_text

    market = session.market()
    report = score_report(market, symbol)
    click.echo(score_text.score_json(report) if as_json else score_text.score_text(report, market))


@click.command()
@click.argument("symbol")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every member.")
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True,
              help="At most so many members, those nearest in size.")  # fmt: skip
@as_of_option
@click.pass_obj
def peers(session: Session, symbol: str, as_json: bool, limit: int) -> None:
    """List a company's peers with their multiples, the median and how sure it is.

    The group is the narrowest of basic industry, industry, sector, size segment and market that
    has eight other companies with the figure.
    """
    from screener.peer_report import peer_report
    from tui import peers_text

    market = session.market()
    report = peer_report(market, symbol)
    if as_json:
        click.echo(peers_text.peers_json(report))
    else:
        click.echo(peers_text.peers_text(report, market, limit=limit))
