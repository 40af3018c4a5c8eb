"""Cache: what is served of schedules, by the tag that changes whenever the schedule does.

While the sidecar answers, nothing is served from here unless it has just said that
the tag is still the newest one; while it does not, the last document is, with its age.
Times are seconds of the process's own clock, which nobody sets.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

Key = tuple[UUID, date | None]
T = TypeVar("T")


class ScheduleCache(Generic[T]):
    """The last schedules served, as documents or as whatever is made of them.

    Parameters
    ----------
    size
        Most documents kept.
    """

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._tags: OrderedDict[Key, str] = OrderedDict()
        self._bodies: OrderedDict[str, T] = OrderedDict()
        self._seen: dict[str, float] = {}

    def tags(self, instrument: UUID, night: date | None) -> list[str]:
        """The tag of the document kept for a night (None: the current one), if there is one."""
        tag = self._tags.get((instrument, night))
        return [tag] if tag is not None and tag in self._bodies else []

    def find(self, tag: str) -> T | None:
        """The document with this tag, if it is kept."""
        body = self._bodies.get(tag)
        if body is not None:
            self._bodies.move_to_end(tag)
        return body

    def last(self, instrument: UUID, night: date) -> tuple[str, T, float] | None:
        """The tag and the document kept for a night, and when it was the newest for certain."""
        tag = self._tags.get((instrument, night))
        body = None if tag is None else self.find(tag)
        if tag is None or body is None:
            return None
        return tag, body, self._seen[tag]

    def confirm(self, tag: str, seen_at: float) -> None:
        """Note that a document is still the newest."""
        if tag in self._bodies:
            self._seen[tag] = seen_at

    def keep(self, instrument: UUID, night: date | None, tag: str, body: T, seen_at: float) -> None:
        """Keep a document, and forget the one that was used least recently."""
        self._tags[instrument, night] = tag
        self._tags.move_to_end((instrument, night))
        self._bodies[tag] = body
        self._bodies.move_to_end(tag)
        self._seen[tag] = seen_at
        while len(self._bodies) > self._size:
            forgotten, _ = self._bodies.popitem(last=False)
            del self._seen[forgotten]
        while len(self._tags) > 2 * self._size:
            self._tags.popitem(last=False)
