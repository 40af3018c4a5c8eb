"""Nights of a campaign: short ones, far enough ahead, of instruments of two scheduling groups."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from instruments import discover
from models.instant import format_instant
from models.instrument import Instrument
from models.night import find_night

_SHORTEST, _LONGEST = timedelta(hours=3.5), timedelta(hours=7.5)
_AHEAD = timedelta(days=30)
_GRID = 30
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampaignNight:
    """One night of one instrument.

    Parameters
    ----------
    instrument, date, dusk, dawn
        Which, and when it is dark.
    """

    instrument: Instrument
    date: date
    dusk: datetime
    dawn: datetime

    @property
    def path(self) -> str:
        """The instrument's URL."""
        return f"/v1/instrument/{self.instrument.id}"

    def request(self, dice: random.Random, identifier: UUID, **more: object) -> Json:
        """An event of any type that fits into the night, as a resource object."""
        kind, seconds, own = _ASKED[self.instrument.kind](dice)
        steps = int((self.dawn - self.dusk).total_seconds() - seconds) // _GRID - 1
        # Times on a grid touch one another often; a first one after dusk is a whole second.
        start = self.dusk.replace(microsecond=0) + timedelta(
            seconds=1 + _GRID * dice.randrange(max(1, steps))
        )
        times = {
            "start_time": format_instant(start),
            "end_time": format_instant(start + timedelta(seconds=seconds)),
        }
        return {"type": kind, "id": str(identifier), "attributes": {**times, **own, **more}}


def choose_nights(now: datetime, each: Mapping[str, int]) -> tuple[CampaignNight, ...]:
    """Nights of instruments by name, so many of each.

    Raises
    ------
    LookupError
        An instrument has no short night within a year.
    """
    found: list[CampaignNight] = []
    for instrument in discover():
        wanted = each.get(instrument.name, 0)
        nights = (
            find_night(
                instrument.site, (now + _AHEAD + timedelta(days=n)).date(), instrument.depression
            )
            for n in range(365)
        )
        short = [
            CampaignNight(instrument=instrument, date=night.date, dusk=night.dusk, dawn=night.dawn)
            for night in nights
            if night.dusk is not None
            and night.dawn is not None
            and _SHORTEST <= night.dawn - night.dusk <= _LONGEST
        ]
        if len(short) < wanted:
            msg = f"{instrument.name} has no {wanted} nights of the length wanted"
            raise LookupError(msg)
        found += short[:wanted]
    return tuple(found)


def _faim(dice: random.Random) -> tuple[str, float, Json]:
    if dice.random() < 0.3:
        return "scan", 123, {}
    seconds = dice.choice([60, 180, 300, 600, 900, 1500])
    return (
        "static",
        seconds,
        {
            "zenith": f"{dice.randrange(70)}.000",
            "azimuth": f"{dice.randrange(360)}.000",
            "number_of_photos": 2 * seconds,
        },
    )


def _lidar(dice: random.Random) -> tuple[str, float, Json]:
    seconds = dice.choice([300, 600, 1200, 2400])
    return (
        "profile",
        seconds,
        {
            "zenith": f"{dice.randrange(30)}.000",
            "azimuth": f"{dice.randrange(360)}.000",
            "mode": dice.choice(["temperature", "wind", "aerosol"]),
        },
    )


_ASKED = {"faim": _faim, "lidar": _lidar}


def present() -> datetime:
    """The driver's own clock."""
    return datetime.now(UTC)
