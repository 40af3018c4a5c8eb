"""Schedule: what an instrument does in one night, and the rules no schedule may break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.errors import BrokenSchedule


class Objective(StrEnum):
    """What a schedule is to maximise (requirement S5)."""

    DURATION = "duration"
    PRIORITY = "priority"
    WEIGHTED = "weighted"


class Block(BaseModel):
    """A span in which the instrument does one thing: a scheduled event or a filler.

    Parameters
    ----------
    id
        The event's id; a filler has one of its own.
    type
        The event type.
    start, end
        When, aware UTC.
    attributes
        The type's own attributes.
    filler
        Whether nobody asked for it: it fills a gap.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    type: str
    start: AwareDatetime
    end: AwareDatetime
    attributes: Mapping[str, Any] = Field(default_factory=dict)
    filler: bool = False

    @property
    def duration(self) -> timedelta:
        """How long the block lasts."""
        return self.end - self.start


class Quality(BaseModel):
    """How good the last solve of a night was.

    Parameters
    ----------
    status
        ``optimal`` (proven) or ``feasible``.
    objective
        Which objective was maximised.
    value
        Its value: milliseconds, or milliseconds by priority, highest first.
    bound
        No schedule can have more; same unit.
    gap
        0.0 where value and bound meet, else their relative distance.
    solve_ms
        How long the solve took, in milliseconds.
    """

    model_config = ConfigDict(frozen=True)

    status: str
    objective: Objective
    value: int | tuple[int, ...]
    bound: int | tuple[int, ...]
    gap: float
    solve_ms: float


class Schedule(BaseModel):
    """The plan of one instrument for one night.

    Parameters
    ----------
    instrument
        Its id.
    night
        The date of the night's dusk.
    dusk, dawn
        The horizon, aware UTC; both None in a night without darkness.
    revision
        Counts the changes of this night's plan; 0 before the first.
    quality
        Of the last solve; None before the first.
    blocks
        In order of time.
    planned_at
        When this revision was stored, by the database's clock; None before that.
    """

    model_config = ConfigDict(frozen=True)

    instrument: UUID
    night: date
    dusk: AwareDatetime | None
    dawn: AwareDatetime | None
    revision: int
    quality: Quality | None
    blocks: tuple[Block, ...]
    planned_at: AwareDatetime | None = None

    @property
    def version(self) -> str:
        """What no other plan of this night has, see :func:`version_of`."""
        return version_of(self.revision, self.planned_at)

    @property
    def requested(self) -> timedelta:
        """The time that requested events take."""
        return _total(block for block in self.blocks if not block.filler)

    @property
    def filled(self) -> timedelta:
        """The time that fillers take."""
        return _total(block for block in self.blocks if block.filler)

    @property
    def idle(self) -> timedelta:
        """The time between dusk and dawn in which nothing runs."""
        if self.dusk is None or self.dawn is None:
            return timedelta(0)
        return self.dawn - self.dusk - self.requested - self.filled


def version_of(revision: int, planned_at: datetime | None) -> str:
    """A text that no other plan of the same night has, even after a restore.

    A database restored to an earlier point counts its revisions on from there; the
    time tells the new ones from those that were lost.
    """
    return f"{revision}-{0 if planned_at is None else int(planned_at.timestamp() * 1000):x}"


def verify(schedule: Schedule) -> None:
    """Refuse a schedule that overlaps itself or leaves its night (requirement S6).

    Called before a schedule is stored and again before it is served.

    Raises
    ------
    BrokenSchedule
        With every violation found.
    """
    violations = list(_violations(schedule))
    if violations:
        raise BrokenSchedule(violations)


def _violations(schedule: Schedule) -> Sequence[str]:
    found = []
    for block in schedule.blocks:
        if block.end <= block.start:
            found.append(f"block {block.id} ends at {block.end}, not after {block.start}")
        if schedule.dusk is None or schedule.dawn is None:
            found.append(f"block {block.id} in a night without darkness")
        elif block.start < schedule.dusk or block.end > schedule.dawn:
            found.append(f"block {block.id} lies outside {schedule.dusk} to {schedule.dawn}")
    for before, after in zip(schedule.blocks, schedule.blocks[1:], strict=False):
        if after.start < before.end:
            found.append(f"block {after.id} starts before block {before.id} has ended")
    return found


def _total(blocks: Iterable[Block]) -> timedelta:
    return sum((block.duration for block in blocks), timedelta(0))
