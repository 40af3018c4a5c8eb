"""The ``nightplan`` command line: its commands and what holds for all of them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import client_commands, instrument_commands, system_commands
from cli.exits import Failure
from cli.ports import Run


class Program(TyperGroup):
    """The group of all commands; failures end it with their message and exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command asked for."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            run: Run = ctx.obj
            if run.json:
                from cli.output import Output

                Output(json=True).document(failure.document)
            sys.stdout.flush()
            typer.echo(f"nightplan: {failure.message}", err=True)
            raise typer.Exit(failure.code) from None


app = typer.Typer(
    name="nightplan",
    cls=Program,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"nightplan {version('nightplan')}")
        except PackageNotFoundError:
            typer.echo("nightplan (a checkout that is not installed)")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    server: client_commands.Server = None,
    json: client_commands.Json = False,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Schedule instruments that watch the night sky.

    Exit codes: 0 done, 2 usage, 3 not allowed, 4 rejected, 5 service not reachable.
    """
    run: Run = ctx.obj
    run.server = server
    run.json = json


system_commands.add_to(app)
client_commands.add_to(app)
instrument_commands.add_to(app)
