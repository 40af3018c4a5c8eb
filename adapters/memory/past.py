"""What there was: every plan of every night, and what happened in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from models.exchange import NightUpdate
from models.reading import FeedEntry
from models.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One plan that a night had; ``moved`` and ``displaced`` as in ``NightUpdate``."""

    schedule: Schedule
    moved: int
    displaced: int


@dataclass(kw_only=True)
class Past:
    """Everything that is only added to.

    Parameters
    ----------
    revisions
        By instrument, date and number.
    feed
        By instrument, oldest first.
    """

    revisions: dict[tuple[UUID, date, int], Revision] = field(default_factory=dict)
    feed: dict[UUID, list[FeedEntry]] = field(default_factory=dict)
    _sequence: int = 0

    def add(self, schedule: Schedule, update: NightUpdate) -> None:
        """Keep a plan as it was stored, and what led to it."""
        feed = self.feed.setdefault(schedule.instrument, [])
        feed.extend(
            FeedEntry(
                sequence=self._next(),
                kind="event",
                night=schedule.night,
                at=change.at,
                event=change.event,
                state=change.state,
                cause=change.cause,
                by=change.by,
            )
            for change in update.changes
        )
        key = (schedule.instrument, schedule.night, schedule.revision)
        if key in self.revisions or schedule.planned_at is None:
            return
        self.revisions[key] = Revision(
            schedule=schedule, moved=update.moved, displaced=update.displaced
        )
        feed.append(
            FeedEntry(
                sequence=self._next(),
                kind="revised",
                night=schedule.night,
                at=schedule.planned_at,
                revision=schedule.revision,
            )
        )

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence
