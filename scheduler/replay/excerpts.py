"""Excerpts: what the log of a scheduling group holds for a replay, and whether it suffices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from models.command import Command
from models.exchange import Received
from models.outcome import Change, Outcome
from models.topic import CHANGES, COMMANDS, OUTCOMES
from scheduler.ports import Archive, Desk
from scheduler.replay.history import Batch, arrange, join
from scheduler.replay.refusals import CommandsMissing, LogReplaced, LogTooShort

LOOK_BACK = timedelta(hours=1)
"""A command is looked for so long before the decision: it waited, and clocks differ."""
FOREVER = datetime.max.replace(tzinfo=UTC)
SLACK = timedelta(seconds=10)
"""A decision carries the time at which it began; it was committed within so much."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The decisions that a replay is about.

    Parameters
    ----------
    since
        The restored point, or earlier.
    until
        Nothing that was decided later; None: everything.
    """

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether a decision of this time belongs to it."""
        return at >= self.since - SLACK and (self.until is None or at <= self.until)


async def read_history(
    archive: Archive, desk: Desk, span: Span, *, partition: int, instruments: Sequence[UUID]
) -> list[Batch]:
    """Everything that was decided in a span, whether or not the database has it.

    Parameters
    ----------
    archive
        The group's log.
    desk
        The group's place in the restored database.
    span
        Which decisions.
    partition, instruments
        The group's.

    Raises
    ------
    LogTooShort, LogReplaced, CommandsMissing
        The log does not hold everything.
    models.errors.Unreachable
        The broker does not answer.
    """
    records = {}
    for topic in (COMMANDS, OUTCOMES, CHANGES):
        excerpt = await archive.read(topic, span.since - LOOK_BACK)
        records[topic] = excerpt.records
        reaches = excerpt.oldest is not None and excerpt.oldest <= span.since
        if topic == CHANGES or reaches:
            continue
        if excerpt.begin > 0:
            raise LogTooShort(topic, partition, span.since, excerpt.oldest)
        # Its first message came later. A new system's did; else the log is another one.
        before = FOREVER if excerpt.oldest is None else excerpt.oldest - SLACK
        if await desk.was_decided_before(instruments, before):
            raise LogReplaced(topic, partition, excerpt.oldest)
    outcomes = [
        outcome for outcome in _read(Outcome, records[OUTCOMES]) if span.holds(outcome.decided_at)
    ]
    decided, alone = join(_read(Command, records[COMMANDS]), outcomes)
    if alone:
        async with desk.transaction() as transaction:
            known = await transaction.find_outcomes([outcome.command for outcome in alone])
        missing = [outcome.command for outcome in alone if outcome.command not in known]
        if missing:
            raise CommandsMissing(missing)
    changes = [change for change in _read(Change, records[CHANGES]) if span.holds(change.at)]
    return arrange(decided, changes)


def _read(model: type[Model], records: Iterable[Received]) -> list[Model]:
    """The messages that are of a kind; others were put aside by whoever read them first."""
    found = []
    for record in records:
        try:
            found.append(model.model_validate_json(record.value))
        except ValidationError:
            continue
    return found
