"""Commands that run nightplan itself: the whole system, one service, the tools around it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.exits import ExitCode, Failure
from cli.ports import LocalChoices, Run
from cli.services import become

PASS_ON: dict[str, Any] = {
    "ignore_unknown_options": True,
    "allow_extra_args": True,
    "help_option_names": [],
}
"""Settings of a command that leaves all its arguments to another program."""

_bench = typer.Typer(help="Measure nightplan.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(up)
    app.command()(api)
    app.command()(scheduler)
    app.command()(sidecar)
    app.command()(migrate)
    app.command(context_settings=PASS_ON)(replay)
    app.command()(digest)
    app.command(context_settings=PASS_ON)(solve)
    app.add_typer(_bench, name="bench")


def up(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address the API listens on; loopback only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port of the API; 0: any free one.", min=0, max=65535)
    ] = 8000,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where everything is kept.")] = Path(
        ".nightplan"
    ),
    kafka: Annotated[
        str | None,
        typer.Option(metavar="BOOTSTRAP", help="An existing Kafka instead of the embedded broker."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An existing PostgreSQL instead of the embedded one."),
    ] = None,
) -> None:
    """Run the whole system on this machine until Ctrl-C.

    Embedded database and broker, scheduler, sidecar and API; what dies is started again.
    """
    run: Run = ctx.obj
    choices = LocalChoices(host=host, port=port, data=data, kafka=kafka, database=database)
    status = run.bring_up(choices, _announce)
    if status:
        raise typer.Exit(ExitCode.USAGE if status == ExitCode.USAGE else ExitCode.UNREACHABLE)


def _announce(line: str) -> None:
    """Print a line at once; what went wrong goes to standard error."""
    typer.echo(line, err=line.startswith("nightplan up:"))


def api() -> None:
    """Run the API; settings from the environment."""
    become("api")


def scheduler() -> None:
    """Run the scheduler; settings from the environment."""
    become("scheduler")


def sidecar() -> None:
    """Run the sidecar; settings from the environment."""
    become("sidecar")


def migrate() -> None:
    """Bring the database to the current schema."""
    become("migrations")


def replay(ctx: typer.Context) -> None:
    """Decide again, in a restored database, what Kafka tells of the time after (replay --help)."""
    become("scheduler.replay", ctx.args)


def digest() -> None:
    """Print the row count and a digest of each table of the database, to compare two."""
    become("migrations.digest")


def solve(ctx: typer.Context) -> None:
    """Solve one night problem: FILE with JSON (- is standard input); no server needed."""
    if not ctx.args:
        raise Failure(ExitCode.USAGE, "expected a file with a night problem, or - (solve --help)")
    become("scheduler.kernel", ctx.args)


@_bench.command("kernel", context_settings=PASS_ON)
def bench_kernel(ctx: typer.Context) -> None:
    """Measure the solver against others."""
    become("bench.kernel", ctx.args)


@_bench.command("submit", context_settings=PASS_ON)
def bench_submit(ctx: typer.Context) -> None:
    """Measure how long a request takes from POST to 200, over HTTP."""
    become("bench.submit", ctx.args)
