"""The clock of this process; the only place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present time, aware UTC."""
        return datetime.now(UTC)
