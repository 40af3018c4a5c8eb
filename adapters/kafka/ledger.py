"""Commands on their way: what was sent not long ago, and what must be sent again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from models.command import Command
from models.instrument import SchedulingGroup
from models.outcome import Outcome

COMMAND_ID = "ce_id"


class Ledger:
    """The commands seen last on the log, by whichever API they were sent.

    Parameters
    ----------
    most
        Commands remembered; the oldest is forgotten first.
    """

    def __init__(self, most: int = 5000) -> None:
        self._most = most
        self._values: OrderedDict[UUID, bytes] = OrderedDict()

    def note(self, headers: dict[str, bytes], value: bytes) -> None:
        """Remember a message of the log, unless its header is no id."""
        try:
            command = UUID(headers.get(COMMAND_ID, b"").decode("ascii"))
        except ValueError:
            return
        self._values[command] = value
        self._values.move_to_end(command)
        while len(self._values) > self._most:
            self._values.popitem(last=False)

    def find(self, command: UUID) -> Command | None:
        """The command with this id, if it is remembered."""
        value = self._values.get(command)
        if value is None:
            return None
        try:
            return Command.model_validate_json(value)
        except ValidationError:
            return None


class Courier:
    """Commands that were taken with a promise, until their outcome is heard.

    The log may lose what it carries; what is promised is sent again until it is
    decided or its time is over. A command sent twice is decided once.
    """

    def __init__(self) -> None:
        self._promised: dict[UUID, tuple[Command, SchedulingGroup]] = {}

    def __len__(self) -> int:
        return len(self._promised)

    def promise(self, command: Command, group: SchedulingGroup) -> None:
        """Take a command to deliver."""
        self._promised[command.id] = (command, group)

    def heard(self, outcome: Outcome) -> None:
        """Forget a command that was decided."""
        promised = self._promised.get(outcome.command)
        if promised is not None and promised[0].body_hash == outcome.body_hash:
            del self._promised[outcome.command]

    def due(self, now: datetime) -> list[tuple[Command, SchedulingGroup]]:
        """Those to send again; those whose time is over are forgotten."""
        for command, _ in list(self._promised.values()):
            if command.expires_at <= now:
                del self._promised[command.id]
        return list(self._promised.values())
