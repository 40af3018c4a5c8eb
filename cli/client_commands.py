"""Commands that talk to a server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.format import Format
from cli.ports import Run

Server = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="The API's base URL [default: NIGHTPLAN_SERVER]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the server's JSON:API document.")]
Instrument = Annotated[
    str | None, typer.Option("--instrument", metavar="ID|NAME", help="Which instrument.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(submit)
    app.command()(events)
    app.command()(show)
    app.command()(delete)
    app.command()(schedule)


def submit(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON; - is standard input.")],
    instrument: Instrument = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Ask for the events in FILE: one JSON:API document, or a list of them.

    Without --instrument: the one that an event's link names, else the first that
    takes events of its type.
    """
    from cli.submit import submit

    raise typer.Exit(submit(_session(ctx, server, json), file, instrument))


def events(
    ctx: typer.Context,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only what ends after it.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Only what starts before it.")
    ] = None,
    instrument: Instrument = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """List the scheduled events, of all instruments or of one.

    TIME is a date, which begins at 00:00 UTC, or an instant such as
    2026-11-21T18:42:24.913Z.
    """
    from cli.events import list_events

    list_events(_session(ctx, server, json), instrument, start, end)


def show(
    ctx: typer.Context,
    event: Annotated[str, typer.Argument(metavar="ID")],
    instrument: Instrument = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Show one event, whatever its state, with everything that became of it."""
    from cli.events import show

    show(_session(ctx, server, json), event, instrument)


def delete(
    ctx: typer.Context,
    events: Annotated[list[str], typer.Argument(metavar="ID...")],
    instrument: Instrument = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Delete events; their owner and operators may."""
    from cli.events import delete

    raise typer.Exit(delete(_session(ctx, server, json), events, instrument))


def schedule(
    ctx: typer.Context,
    night: Annotated[
        str | None,
        typer.Option("--night", metavar="DATE", help="The date of its dusk [default: current]."),
    ] = None,
    form: Annotated[Format | None, typer.Option("--format", help="How it is written.")] = None,
    instrument: Instrument = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Print a night's schedule, fillers included; of the first instrument by default.

    txt is the plan that the instrument's controller executes.
    """
    from cli.schedule import print_schedule

    print_schedule(_session(ctx, server, json), instrument, night, form)


def _session(ctx: typer.Context, server: str | None, json: bool) -> Any:
    from cli.session import open_session

    run: Run = ctx.obj
    return open_session(run, server=server, json=json)
