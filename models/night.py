"""Night: the dark span of one site and date, between dusk and dawn.

A night is found between local mean solar noon and the next one, so it is right
at every longitude. Dusk and dawn are geometric: the centre of the Sun stands
``depression`` degrees below the horizon, without refraction and without dip.
How exact that is was measured: docs/decisions/0300-the-night.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache, partial

from astral import sun

from models.errors import NightplanError
from models.instant import MILLISECOND
from models.site import Site
from models.sun import Place, altitude_through, correction

FIRST_DATE = date(1900, 1, 1)
"""The first date whose night can be found."""
LAST_DATE = date(2099, 12, 31)
"""The last date whose night can be found."""

DAY = timedelta(days=1)
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_DAY_S = 86_400.0
_CENTURY_S = 36_525 * _DAY_S
_GRID = 48
_PRECISION_S = 1e-4


class Darkness(StrEnum):
    """Whether a night has dark hours."""

    DARK = "dark"
    ALWAYS_DARK = "always-dark"
    NEVER_DARK = "never-dark"


class UnsupportedDate(NightplanError):
    """A night is asked for that lies outside ``FIRST_DATE`` to ``LAST_DATE``.

    Parameters
    ----------
    asked
        The date or instant that was asked for.
    """

    def __init__(self, asked: date | datetime) -> None:
        self.asked = asked
        super().__init__(f"expected a night from {FIRST_DATE} to {LAST_DATE}, got {asked}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The dark span of one site that begins on one date.

    Parameters
    ----------
    site
        Where.
    date
        The date of its dusk: that of the local mean solar noon it begins at.
    depression
        How far the Sun's centre stands below the horizon at dusk and dawn, in degrees.
    darkness
        Whether there are dark hours.
    dusk, dawn
        Aware UTC, whole milliseconds, both inside the darkness; from noon to noon
        where it is always dark, None where it is never dark.
    """

    site: Site
    date: date
    depression: float
    darkness: Darkness
    dusk: datetime | None
    dawn: datetime | None

    def contains(self, start: datetime, end: datetime) -> bool:
        """Whether the span from ``start`` to ``end`` lies between dusk and dawn."""
        if self.dusk is None or self.dawn is None:
            return False
        return self.dusk <= start and end <= self.dawn


def noon(site: Site, date: date) -> datetime:
    """The local mean solar noon of a date: 12:00 UTC - longitude / 15 h.

    Parameters
    ----------
    site
        Where.
    date
        The local date, that is the one of the Sun and not of the law.

    Returns
    -------
    datetime
        Aware UTC, whole milliseconds.
    """
    return datetime.combine(date, time(12), UTC) - _solar_offset(site)


def date_of(site: Site, instant: datetime) -> date:
    """The date of the night to which an instant belongs, by day as well.

    Parameters
    ----------
    site
        Where.
    instant
        Aware.

    Returns
    -------
    date
        The date whose span from noon (included) to noon (excluded) holds the instant.

    Raises
    ------
    UnsupportedDate
        That date lies outside ``FIRST_DATE`` to ``LAST_DATE``.
    """
    if not noon(site, FIRST_DATE) <= instant < noon(site, LAST_DATE + DAY):
        raise UnsupportedDate(instant)
    return (instant.astimezone(UTC) + _solar_offset(site) - timedelta(hours=12)).date()


@lru_cache(maxsize=65_536)
def find_night(site: Site, date: date, depression: float = 6.0) -> Night:
    """Find dusk and dawn between the noon of a date and the next noon.

    Parameters
    ----------
    site
        Where.
    date
        The date of the noon at which the night begins.
    depression
        How far below the horizon the Sun's centre must stand, in degrees.

    Returns
    -------
    Night
        With ``dusk`` rounded up and ``dawn`` down to whole milliseconds.

    Raises
    ------
    UnsupportedDate
        The date lies outside ``FIRST_DATE`` to ``LAST_DATE``.
    """
    if not FIRST_DATE <= date <= LAST_DATE:
        raise UnsupportedDate(date)
    begin = noon(site, date)
    base = (begin - _J2000).total_seconds()
    places = (_place(base + part * _DAY_S) for part in (0.0, 0.5, 1.0))
    altitude = altitude_through(site, *places)

    def height(seconds: float) -> float:
        """Degrees of the Sun above the level wanted, so long after the noon."""
        return altitude(seconds) + depression

    deepest = _extremum(height, 0.0, _DAY_S)
    found = partial(Night, site=site, date=date, depression=depression)
    if height(deepest) >= 0.0:
        return found(darkness=Darkness.NEVER_DARK, dusk=None, dawn=None)
    before = _extremum(_negated(height), 0.0, deepest)
    after = _extremum(_negated(height), deepest, _DAY_S)
    dusk = _crossing(height, before, deepest) if height(before) > 0.0 else 0.0
    dawn = _crossing(height, after, deepest) if height(after) > 0.0 else _DAY_S
    first, last = math.ceil(dusk * 1000), math.floor(dawn * 1000)
    if first >= last:
        return found(darkness=Darkness.NEVER_DARK, dusk=None, dawn=None)
    whole = dusk == 0.0 and dawn == _DAY_S
    return found(
        darkness=Darkness.ALWAYS_DARK if whole else Darkness.DARK,
        dusk=begin + first * MILLISECOND,
        dawn=begin + last * MILLISECOND,
    )


def current_night(site: Site, now: datetime, depression: float = 6.0) -> Night:
    """The night in progress, else the next one.

    Parameters
    ----------
    site
        Where.
    now
        Aware.
    depression
        How far below the horizon the Sun's centre must stand, in degrees.

    Returns
    -------
    Night
        From the dawn of one night on it is the next date's. A night without
        darkness is the current one from its noon to the next.

    Raises
    ------
    UnsupportedDate
        The night lies outside ``FIRST_DATE`` to ``LAST_DATE``.
    """
    today = date_of(site, now)
    night = find_night(site, today, depression)
    if night.dawn is not None and now >= night.dawn:
        return find_night(site, today + DAY, depression)
    return night


def _solar_offset(site: Site) -> timedelta:
    """Local mean solar time minus UTC, in whole milliseconds."""
    return timedelta(milliseconds=round(site.longitude * 240_000))


def _place(seconds: float) -> Place:
    """Where the Sun stands so many seconds of UTC after J2000."""
    years = seconds / _CENTURY_S * 100.0
    # Terrestrial Time minus UTC: a straight line on either side of 2000 is within
    # some 20 s of the truth, in which the Sun moves by less than one arc second.
    delta_t = 64.0 + (0.3 if years > 0.0 else 0.67) * years
    centuries = (seconds + delta_t) / _CENTURY_S
    beyond = correction(centuries)
    longitude = math.radians(sun.sun_apparent_long(centuries) + beyond.longitude)
    latitude = math.radians(beyond.latitude)
    obliquity = math.radians(sun.obliquity_correction(centuries) + beyond.obliquity)
    right_ascension = math.atan2(math.cos(obliquity) * math.sin(longitude), math.cos(longitude))
    declination = math.asin(
        math.sin(latitude) * math.cos(obliquity)
        + math.cos(latitude) * math.sin(obliquity) * math.sin(longitude)
    )
    # Sidereal time: Meeus, Astronomical Algorithms (1998), 12.4, with the nutation of astral.
    nutation = -0.00478 * math.sin(math.radians(125.04 - 1934.136 * centuries))
    sidereal = 280.46061837 + 360.98564736629 * seconds / _DAY_S + nutation * math.cos(obliquity)
    return Place(
        declination=declination,
        greenwich=math.radians(sidereal) - right_ascension,
    )


def _negated(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: -function(x)


def _extremum(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a smooth function is least between two places: a grid, then ternary search."""
    step = (high - low) / _GRID
    if step == 0.0:
        return low
    best = min(range(_GRID + 1), key=lambda i: function(low + i * step))
    left, right = low + max(0, best - 1) * step, low + min(_GRID, best + 1) * step
    while right - left > 0.1:
        third = (right - left) / 3.0
        if function(left + third) <= function(right - third):
            right -= third
        else:
            left += third
    return min((low, (left + right) / 2.0, high), key=function)


def _crossing(function: Callable[[float], float], above: float, below: float) -> float:
    """The place next to ``below`` where a function turns negative, by bisection."""
    while abs(above - below) > _PRECISION_S:
        middle = (above + below) / 2.0
        if function(middle) > 0.0:
            above = middle
        else:
            below = middle
    return below
