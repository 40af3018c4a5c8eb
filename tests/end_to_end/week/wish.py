"""Wishes: what callers ask for, as the test remembers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.end_to_end.asking import Json
from tests.end_to_end.nights import text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACTIVE = frozenset({"scheduled", "waiting", "displaced"})


def milliseconds(instant: str | datetime) -> int:
    """An instant as whole milliseconds."""
    when = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return (when - _EPOCH) // timedelta(milliseconds=1)


def instant(at: int) -> str:
    """Whole milliseconds as requests have an instant."""
    return text(_EPOCH + timedelta(milliseconds=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Another wish that must have run before; gaps in milliseconds."""

    wish: str
    least: int = 0
    most: int | None = None


@dataclass(slots=True, kw_only=True)
class Wish:
    """One event that was asked for; times in milliseconds.

    Parameters
    ----------
    place
        Id of the instrument.
    night
        The date of the night's dusk.
    by, priority
        Whose it is, and what it is worth.
    windows
        From, to and preference of each; of a fixed one, its only time.
    waits
        Whether it waits where there is no room.
    states
        Every state that it was in, as the answers told.
    """

    id: str
    place: str
    night: str
    type: str
    by: str
    priority: int
    duration: int
    windows: tuple[tuple[int, int, int], ...]
    own: Json
    waits: bool = False
    after: After | None = None
    together: str | None = None
    states: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Where it stands; nothing if it was never accepted."""
        return self.states[-1] if self.states else ""

    @property
    def fixed(self) -> bool:
        """Whether there is one time only at which it can run."""
        return len(self.windows) == 1 and self.windows[0][1] - self.windows[0][0] == self.duration

    @property
    def worth(self) -> int:
        """What it counts: its time, weighted."""
        return self.priority * self.duration

    def times(self) -> Json:
        """Its times as attributes."""
        if self.fixed:
            begin, end, _ = self.windows[0]
            return {"start_time": instant(begin), "end_time": instant(end)}
        return {
            "duration": self.duration / 1000,
            "windows": [
                {"start_time": instant(begin), "end_time": instant(end), "preference": liking}
                for begin, end, liking in self.windows
            ],
        }

    def document(self) -> Json:
        """The resource as version 2 takes it."""
        attributes = {**self.times(), **self.own, "priority": self.priority}
        if self.waits:
            attributes["on_conflict"] = "wait"
        if self.after is not None:
            attributes["after"] = {
                "event": self.after.wish,
                "min_gap": self.after.least / 1000,
                **({} if self.after.most is None else {"max_gap": self.after.most / 1000}),
            }
        if self.together is not None:
            attributes["together_with"] = self.together
        return {"type": self.type, "id": self.id, "attributes": attributes}

    def plain_document(self) -> Json:
        """The resource as version 1 takes it."""
        return {"type": self.type, "id": self.id, "attributes": {**self.times(), **self.own}}
