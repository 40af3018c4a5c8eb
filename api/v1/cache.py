"""Cache: documents of schedules, by the tag that changes whenever the schedule does.

Nothing is served from here unless the sidecar has just said that the tag is
still the newest one.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from uuid import UUID

Key = tuple[UUID, date | None]


class ScheduleCache:
    """The last documents served.

    Parameters
    ----------
    size
        Most documents kept.
    """

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._tags: OrderedDict[Key, str] = OrderedDict()
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def tags(self, instrument: UUID, night: date | None) -> list[str]:
        """The tag of the document kept for a night (None: the current one), if there is one."""
        tag = self._tags.get((instrument, night))
        return [tag] if tag is not None and tag in self._bodies else []

    def find(self, tag: str) -> bytes | None:
        """The document with this tag, if it is kept."""
        body = self._bodies.get(tag)
        if body is not None:
            self._bodies.move_to_end(tag)
        return body

    def keep(self, instrument: UUID, night: date | None, tag: str, body: bytes) -> None:
        """Keep a document, and forget the one that was used least recently."""
        self._tags[instrument, night] = tag
        self._tags.move_to_end((instrument, night))
        self._bodies[tag] = body
        self._bodies.move_to_end(tag)
        while len(self._bodies) > self._size:
            self._bodies.popitem(last=False)
        while len(self._tags) > 2 * self._size:
            self._tags.popitem(last=False)
