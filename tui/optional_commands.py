"""The commands of the sources that are off until the reader turns them on."""

from __future__ import annotations

import sys
import textwrap

import click

from tui.session import Session, narrate


@click.group(invoke_without_command=True)
@click.pass_context
def sources(context: click.Context) -> None:
    """List the optional sources of estimates; turn them on and off.

    Every other source is part of `kasauti refresh`.
    """
    if context.invoked_subcommand is None:
        from scrapers.estimates.optional import OPTIONAL, enabled

        on = enabled(context.obj.paths)
        for name, source in OPTIONAL.items():
            state = "on " if name in on else "off"
            click.echo(f"{name:<13} {state}  {source.title}\n{'':<18} {source.gives}")
        narrate("Turn one on with `kasauti sources on NAME`; its notice is shown first.")


@sources.command("on")
@click.argument("name")
@click.option("--yes", is_flag=True, help="You have read the notice and want it.")
@click.pass_obj
def turn_on(session: Session, name: str, yes: bool) -> int:
    """Show a source's notice and, if you agree, use it in the next refresh."""
    from scrapers.estimates import optional

    source = optional.find(name)
    narrate(f"{source.title}: {source.gives}.\n")
    narrate(textwrap.fill(source.notice, 80) + "\n")
    if not yes:
        if not sys.stdin.isatty():
            narrate("Nothing was changed. Say --yes once you have read this.")
            return 2
        if not click.confirm("Turn it on?", err=True):
            narrate("It stays off.")
            return 0
    optional.turn_on(session.paths, name)
    narrate(f"{source.name} is on; the next refresh asks it.")
    return 0


@sources.command("off")
@click.argument("name")
@click.pass_obj
def turn_off(session: Session, name: str) -> None:
    """Ask a source no more. Estimates on file stay, with their dates."""
    from scrapers.estimates import optional

    source = optional.turn_off(session.paths, name)
    narrate(f"{source.name} is off.")
