"""Sun: what the night needs to know of it and astral leaves out.

That is the pull of the planets, without which dusk and dawn are wrong by more than
10 s in the short nights near the polar circle, and the Sun's altitude as a quick
function of time (docs/decisions/0300-the-night.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.site import Site

_DAY_S = 86_400.0
_PARALLAX = 8.794 / 3600.0
_PLANETS = (
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
)
"""Size (1e-8 rad), phase (rad) and rate (rad per Julian millennium) of the largest
terms of the Earth's longitude that are due to the planets and the Moon: VSOP87
(Bretagnon, Francou 1988), as in Meeus, Astronomical Algorithms (1998), appendix III."""


def longitude_correction(centuries: float) -> float:
    """What to add to the Sun's apparent longitude of an undisturbed ellipse.

    Parameters
    ----------
    centuries
        Julian centuries of Terrestrial Time since J2000.

    Returns
    -------
    float
        Degrees, at most some 0.01: the pull of the planets and the Moon, and the
        half-yearly nutation (Meeus, chapter 22), which astral leaves out too.
    """
    pull = sum(size * math.cos(phase + rate * centuries / 10.0) for size, phase, rate in _PLANETS)
    mean_longitude = math.radians(280.4665 + 36000.7698 * centuries)
    return math.degrees(pull * 1e-8) - 1.32 / 3600.0 * math.sin(2.0 * mean_longitude)


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
