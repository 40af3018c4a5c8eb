"""Commands: what the scheduler has begun, and what became of it."""

from __future__ import annotations

from uuid import UUID

from fastapi import FastAPI, HTTPException, Response

from models.command import StoredCommand
from sidecar.answers import JSON
from sidecar.ports import Archive


def add_commands(app: FastAPI, archive: Archive) -> None:
    """Add the route of commands."""

    @app.get("/internal/commands/{command_id}", response_model=StoredCommand)
    async def read_command(command_id: UUID) -> Response:
        """A command that the scheduler has begun, and what became of it."""
        command = await archive.find_command(command_id)
        if command is None:
            raise HTTPException(404, "the scheduler has begun no command with this id")
        return Response(command.model_dump_json(), media_type=JSON)
