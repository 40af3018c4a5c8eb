"""Nights for tests: each test gets one that no other test uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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
        self._next = datetime.now(UTC).date() + 60 * DAY

    def take(self, instrument: str = OBERPFAFFENHOFEN) -> Night:
        """A night that nobody has used."""
        night = self.at(self._next, instrument)
        self._next += DAY
        return night

    def at(self, day: date, instrument: str = OBERPFAFFENHOFEN) -> Night:
        """The night of a certain date."""
        path = f"/v1/instrument/{instrument}"
        response = self._client.get(
            f"{path}/schedule",
            params={"filter[night]": day.isoformat()},
            headers={"X-API-Key": "demo-viewer"},
        )
        assert response.status_code == 200, response.text
        meta = response.json()["meta"]
        return Night(
            instrument=path,
            date=day.isoformat(),
            dusk=datetime.fromisoformat(meta["dusk"]),
            dawn=datetime.fromisoformat(meta["dawn"]),
        )


def text(instant: datetime) -> str:
    """An instant as requests and answers have it."""
    utc = instant.astimezone(UTC)
    return utc.strftime(f"%Y-%m-%dT%H:%M:%S.{utc.microsecond // 1000:03d}Z")
