"""Tries: which commands may be the ones that bring a process down.

A command counts as tried once for each process that began it and left no outcome. A
process that has begun one and lives on, because only a part was away, clears it of that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from models.command import Command
from models.exchange import Attempt
from scheduler.ports import Desk

MOST_TRIES = 5
"""A command that was begun so often without an outcome is poisonous."""


class Tries:
    """What this process has counted, and outlived so far."""

    def __init__(self) -> None:
        self._outlived: set[UUID] = set()

    def meet(self, attempts: Mapping[UUID, Attempt]) -> None:
        """Learn which commands have been begun for the first time, by this process."""
        self._outlived |= {each for each, attempt in attempts.items() if not attempt.before}

    def suspects(self, commands: Collection[Command]) -> set[UUID]:
        """Those that another process has begun and may have died of."""
        return {command.id for command in commands} - self._outlived

    async def begin_again(self, desk: Desk, command: Command) -> int:
        """Count a further try of a suspect, once in the life of this process.

        Returns
        -------
        int
            How often it was begun, or 0 if this process has begun it before.
        """
        if command.id in self._outlived:
            return 0
        tries = await desk.count_again(command.id)
        if tries <= MOST_TRIES:
            self._outlived.add(command.id)
        return tries

    def forget(self, commands: Collection[Command]) -> None:
        """Commands that are decided need no more thought."""
        self._outlived -= {command.id for command in commands}
