"""Commands that talk to a server."""

from __future__ import annotations

from typing import Annotated

import typer

Server = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="The API's base URL [default: NIGHTPLAN_SERVER]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the server's JSON:API document.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
