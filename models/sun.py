"""Sun: what the night needs to know of it and astral leaves out.

That is the pull of the planets and the Moon, without which dusk and dawn are wrong by more
than 10 s in the short nights near the polar circle, and the Sun's altitude as a quick
function of time (docs/decisions/0300-the-night.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.site import Site

_DAY_S = 86_400.0
_PARALLAX = 8.794 / 3600.0
_IN_PLANE = (
    (3497, 2.7441, 5753.3849),
    (3418, 2.8289, 3.5231),
    (3136, 3.6277, 77713.7715),
    (2676, 4.4181, 7860.4194),
    (2343, 6.1352, 3930.2097),
    (1324, 0.7425, 11506.7698),
    (1273, 2.0371, 529.6910),
    (1199, 1.1096, 1577.3435),
    (990, 5.233, 5884.927),
    (902, 2.045, 26.298),
    (857, 3.508, 398.149),
    (780, 1.179, 5223.694),
    (753, 2.533, 5507.553),
    (492, 4.205, 775.523),
    (357, 2.920, 0.067),
    (317, 5.849, 11790.629),
    (284, 1.899, 796.298),
    (271, 0.315, 10977.079),
    (243, 0.345, 5486.778),
    (206, 4.806, 2544.314),
    (205, 1.869, 5573.143),
    (202, 2.458, 6069.777),
    (156, 0.833, 213.299),
    (132, 3.411, 2942.463),
    (126, 1.083, 20.775),
)
"""Size (1e-8 rad), phase (rad) and rate (rad per Julian millennium) of the largest
terms of the Earth's longitude that are due to the planets and the Moon: VSOP87
(Bretagnon, Francou 1988), as in Meeus, Astronomical Algorithms (1998), appendix III."""


_OUT_OF_PLANE = ((280, 3.199, 84334.662), (102, 5.422, 5507.553))
"""The same for the Earth's latitude: its two largest terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to add to the Sun's apparent place on an undisturbed ellipse, all in degrees.

    Parameters
    ----------
    longitude
        At most some 0.01: planets, Moon and half-yearly nutation.
    latitude
        At most 0.0003: the Sun does not keep to the ecliptic of date.
    obliquity
        At most 0.0002: half-yearly nutation.
    """

    longitude: float
    latitude: float
    obliquity: float


def correction(centuries: float) -> Correction:
    """What astral's Sun lacks.

    Parameters
    ----------
    centuries
        Julian centuries of Terrestrial Time since J2000.
    """
    # Nutation: Meeus, chapter 22; astral has the terms of 18.6 years only.
    twice = 2.0 * math.radians(280.4665 + 36000.7698 * centuries)
    return Correction(
        longitude=_pull(_IN_PLANE, centuries) - 1.32 / 3600.0 * math.sin(twice),
        latitude=-_pull(_OUT_OF_PLANE, centuries),
        obliquity=0.57 / 3600.0 * math.cos(twice),
    )


def _pull(terms: tuple[tuple[int, float, float], ...], centuries: float) -> float:
    """The sum of a series, in degrees."""
    millennia = centuries / 10.0
    return math.degrees(
        1e-8 * sum(size * math.cos(phase + rate * millennia) for size, phase, rate in terms)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The apparent place of the Sun's centre, seen from the Earth's centre.

    Parameters
    ----------
    declination
        In radians.
    greenwich
        Hour angle at longitude 0, in radians, not reduced to one turn.
    """

    declination: float
    greenwich: float


def altitude_through(
    site: Site, first: Place, middle: Place, last: Place
) -> Callable[[float], float]:
    """Altitude of the Sun's centre through one day, as a function of time.

    Parameters
    ----------
    site
        Where it is seen from.
    first, middle, last
        Where the Sun stands at the beginning, after 12 h and after 24 h.

    Returns
    -------
    Callable
        From seconds since the beginning to degrees, with parallax and without
        refraction; interpolated, which costs less than 0.01".
    """
    # Each half day turns the sky by half a turn or so, whatever whole turns were lost.
    second = first.greenwich + (middle.greenwich - first.greenwich) % math.tau
    third = second + (last.greenwich - middle.greenwich) % math.tau
    greenwich = _parabola(first.greenwich, second, third)
    declination = _parabola(first.declination, middle.declination, last.declination)
    sine, cosine = math.sin(math.radians(site.latitude)), math.cos(math.radians(site.latitude))
    longitude = math.radians(site.longitude)

    def altitude(seconds: float) -> float:
        part = seconds / _DAY_S
        down = declination(part)
        hour_angle = greenwich(part) + longitude
        height = sine * math.sin(down) + cosine * math.cos(down) * math.cos(hour_angle)
        angle = math.asin(max(-1.0, min(1.0, height)))
        return math.degrees(angle) - _PARALLAX * math.cos(angle)

    return altitude


def _parabola(first: float, middle: float, last: float) -> Callable[[float], float]:
    """The parabola with these values at 0, 1/2 and 1."""
    slope = 4.0 * middle - 3.0 * first - last
    curve = 2.0 * (first + last) - 4.0 * middle
    return lambda x: first + x * (slope + x * curve)
