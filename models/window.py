"""Window: a span in which an event may run."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator


class Window(BaseModel):
    """A span of time in which an event must start and end.

    Parameters
    ----------
    start
        Earliest start, aware UTC.
    end
        Latest end, aware UTC, after ``start``.
    preference
        0 is liked best; larger numbers less.
    """

    model_config = ConfigDict(frozen=True)

    start: AwareDatetime
    end: AwareDatetime
    preference: int = 0

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.end <= self.start:
            msg = f"a window ends after it starts, got {self.start} to {self.end}"
            raise ValueError(msg)
        return self

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def contains(self, start: datetime, end: datetime) -> bool:
        """Whether the span from ``start`` to ``end`` lies inside the window."""
        return self.start <= start and end <= self.end
