"""Commands about the instruments of this installation; they need no server."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.client_commands import Json
from cli.ports import Run

_instruments = typer.Typer(rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(_instruments, name="instruments")


@_instruments.callback(invoke_without_command=True)
def instruments(ctx: typer.Context, json: Json = False) -> None:
    """List the instruments that are installed, or make a new one."""
    run: Run = ctx.obj
    run.json = run.json or json
    if ctx.invoked_subcommand is None:
        from cli.installed import list_installed
        from cli.output import Output

        list_installed(Output(json=run.json))


@_instruments.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Its folder's name, such as radar_juliusruh.")],
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    site: Annotated[str, typer.Option(help="What its place is called.")] = "",
    latitude: Annotated[float, typer.Option(help="In degrees, north positive.")] = 48.087,
    longitude: Annotated[float, typer.Option(help="In degrees, east positive.")] = 11.28,
    depression: Annotated[
        float, typer.Option(help="Degrees of the Sun below the horizon at dusk.")
    ] = 6.0,
) -> None:
    """Make a new instrument: a folder that keeps all rules from the start."""
    from cli.installed import add_new
    from cli.output import Output
    from cli.scaffold import Wishes

    run: Run = ctx.obj
    wishes = Wishes(
        name=name,
        title=title,
        site=site,
        latitude=latitude,
        longitude=longitude,
        depression=depression,
    )
    add_new(Output(json=run.json), wishes)
