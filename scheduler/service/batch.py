"""Batch: what several messages of the log have in common, and how they are split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import perf_counter

from pydantic import ValidationError

from models.command import Command, CommandKind
from models.exchange import Received
from models.instrument import Instrument
from models.night import Night, current_night, find_night


class Stages:
    """Milliseconds spent in each stage, measured by the monotonic clock."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.stages: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """End the stage that has been running and give it its name."""
        now = perf_counter()
        self.stages[name] = round((now - self._last) * 1000, 3)
        self._last = now


def read_commands(
    received: Sequence[Received],
) -> tuple[list[tuple[Command, Received]], list[tuple[Received, str]]]:
    """The commands among the messages, and the messages that are none."""
    commands, unreadable = [], []
    for source in received:
        try:
            commands.append((Command.model_validate_json(source.value), source))
        except ValidationError as error:
            unreadable.append((source, str(error)))
    return commands, unreadable


def split_runs(commands: Sequence[Command], *, alone: bool) -> Iterator[list[Command]]:
    """Split commands so that no two of a run are about the same event.

    Those that concern more than one night, or all of it, are decided by themselves.
    After a crash (``alone``) each command is decided by itself, so that one that brings
    the process down brings down no other.
    """
    run: list[Command] = []
    for command in commands:
        if run and (
            alone
            or is_compound(command)
            or is_compound(run[0])
            or any(other.target == command.target for other in run)
        ):
            yield run
            run = []
        run.append(command)
    if run:
        yield run


def is_compound(command: Command) -> bool:
    """Whether a command may concern more than one night, or is all or nothing."""
    simple = command.kind in {CommandKind.ADD, CommandKind.REMOVE}
    return bool(command.parts) or not simple


def queued_ms(commands: Sequence[Command], now: datetime) -> float:
    """Milliseconds between the first command's departure from the API and now."""
    if not commands:
        return 0.0
    first = min(command.issued_at for command in commands)
    return round((now - first) / timedelta(milliseconds=1), 3)


def nights_ahead(instrument: Instrument, now: datetime, count: int) -> Iterator[Night]:
    """The current night of an instrument and the ``count`` nights after it."""
    night = current_night(instrument.site, now, instrument.depression)
    for day in range(count + 1):
        yield find_night(instrument.site, night.date + timedelta(days=day), instrument.depression)
