"""How long events occupy the lidar, what lies between two of them, and its warm-up.

- A run needs 300 s to gather enough photons and ends after 4 h for a calibration.
- Between two events the telescope turns by 2 degrees per second, both axes at once, and
  another mode needs 120 s more for the receiver.
- Warm-up: the laser may be switched on at dusk and is stable 20 min later. This is no
  setup, because it comes once and before the first event of a night, whichever that
  is: ``Instrument.warm_up``. The horizon begins that much after dusk; the instrument is
  not used before, by fillers neither.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from datetime import timedelta
from typing import NamedTuple

from models.instrument import Attributes

SHORTEST_RUN = timedelta(seconds=300)
LONGEST_RUN = timedelta(hours=4)
WARM_UP = timedelta(minutes=20)
MODE_CHANGE = timedelta(seconds=120)
SLEW_RATE = 2000
"""Millidegrees per second, on either axis."""
TURN = 360_000
"""A full turn in millidegrees."""


class Configuration(NamedTuple):
    """How the lidar is set up for an event; setup times depend on nothing else.

    Parameters
    ----------
    mode
        What the receiver is set up for.
    zenith, azimuth
        Where the telescope points, in millidegrees.
    """

    mode: str
    zenith: int
    azimuth: int


def setup_class(type_name: str, attributes: Attributes) -> Configuration:  # noqa: ARG001
    """The configuration that an event needs."""
    return Configuration(
        mode=attributes["mode"],
        zenith=_millidegrees(attributes["zenith"]),
        azimuth=_millidegrees(attributes["azimuth"]) % TURN,
    )


def setup(before: Hashable, after: Hashable) -> timedelta:
    """Time from the end of one event to the start of the next, in whole seconds.

    The slower axis decides, the azimuth going the shorter way round; a change of mode
    follows the slew.
    """
    if not isinstance(before, Configuration) or not isinstance(after, Configuration):
        msg = f"expected two configurations, got {before!r} and {after!r}"
        raise TypeError(msg)
    around = abs(after.azimuth - before.azimuth)
    way = max(abs(after.zenith - before.zenith), min(around, TURN - around))
    slew = timedelta(seconds=math.ceil(way / SLEW_RATE))
    return slew if before.mode == after.mode else slew + MODE_CHANGE


def _millidegrees(angle: str) -> int:
    """``"20.000"`` is 20000: an angle has exactly three decimals."""
    return int(angle.replace(".", ""))
