"""Nights for tests: each test gets one that no other test uses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import httpx

OBERPFAFFENHOFEN = "c7733ec3-a799-4c11-aa97-b344e60aafad"
OTLICA = "9ac60a57-1193-474f-b3c9-30a6a067d563"
LIDAR = "b96f987b-dda2-4de9-8ece-35a23621e16a"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A night of one instrument; ``instrument`` and ``events`` are paths of URLs."""

    instrument: str
    date: str
    dusk: datetime
    dawn: datetime

    @property
    def events(self) -> str:
        """The path of the instrument's events."""
        return f"{self.instrument}/event"

    @property
    def seconds(self) -> float:
        """From dusk to dawn."""
        return (self.dawn - self.dusk).total_seconds()

    def after_dusk(self, seconds: float) -> str:
        """The instant so many seconds after dusk, as requests have it."""
        return text(self.dusk + timedelta(seconds=seconds))

    def before_dawn(self, seconds: float) -> str:
        """The instant so many seconds before dawn, as requests have it."""
        return text(self.dawn - timedelta(seconds=seconds))


class Nights:
    """Gives out nights, from two months ahead on.

    Parameters
    ----------
    client
        Asks the API when dusk and dawn are.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        today = datetime.now(UTC).date()
        self._next: defaultdict[str, date] = defaultdict(lambda: today + 60 * DAY)
        self._next_long = date(today.year + 2, 12, 1)

    def take(self, instrument: str = OBERPFAFFENHOFEN) -> Night:
        """A night that nobody has used, with at least six dark hours."""
        while True:
            day = self._next[instrument]
            self._next[instrument] += DAY
            night = self.at(day, instrument)
            if night.dawn - night.dusk > timedelta(hours=6):
                return night

    def take_long(self) -> Night:
        """A night in winter that nobody has used."""
        day = self._next_long
        self._next_long += DAY
        return self.at(day)

    def at(self, day: date, instrument: str = OBERPFAFFENHOFEN) -> Night:
        """The night of a certain date; one without darkness has no length."""
        path = f"/v1/instrument/{instrument}"
        response = self._client.get(
            f"{path}/schedule",
            params={"filter[night]": day.isoformat()},
            headers={"X-API-Key": "demo-viewer"},
        )
        assert response.status_code == 200, response.text
        meta = response.json()["meta"]
        noon = datetime.combine(day, time(12), UTC)
        return Night(
            instrument=path,
            date=day.isoformat(),
            dusk=datetime.fromisoformat(meta["dusk"]) if meta["dark"] else noon,
            dawn=datetime.fromisoformat(meta["dawn"]) if meta["dark"] else noon,
        )


def text(instant: datetime) -> str:
    """An instant as requests and answers have it."""
    utc = instant.astimezone(UTC)
    return utc.strftime(f"%Y-%m-%dT%H:%M:%S.{utc.microsecond // 1000:03d}Z")
