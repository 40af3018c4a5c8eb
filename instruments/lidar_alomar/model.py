"""The one event type of the lidar and the form of its attributes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from instruments.fields import ANGLE_PATTERN, Timed
from instruments.lidar_alomar.checks import PROFILE_CHECKS
from instruments.lidar_alomar.timing import SHORTEST_RUN
from models.instrument import Attributes, EventType


class Profile(Timed):
    """Measure a vertical profile along one line of sight.

    Parameters
    ----------
    zenith
        Degrees from the zenith, as text, 0 to 30.
    azimuth
        Degrees from north, as text, 0 to 360.
    mode
        What the receiver is set up for.
    """

    zenith: Annotated[
        str,
        Field(
            pattern=ANGLE_PATTERN,
            description="Angle from the zenith in degrees, 0 to 30, with three decimals.",
            examples=["20.000"],
        ),
    ]
    azimuth: Annotated[
        str,
        Field(
            pattern=ANGLE_PATTERN,
            description="Angle from north in degrees, 0 to 360, with three decimals.",
            examples=["90.000"],
        ),
    ]
    mode: Annotated[
        Literal["temperature", "wind", "aerosol"],
        Field(description="What is measured.", examples=["wind"]),
    ]


def shorten(attributes: Attributes, longest: timedelta) -> tuple[timedelta, Attributes] | None:
    """Any number of whole seconds, but not less than a profile takes at least."""
    duration = timedelta(seconds=longest // timedelta(seconds=1))
    return (duration, attributes) if duration >= SHORTEST_RUN else None


EVENT_TYPES = {
    "profile": EventType(
        name="profile",
        summary="Measures temperature, wind or aerosol along one line of sight, in 5 min to 4 h.",
        model=Profile,
        checks=PROFILE_CHECKS,
        shorten=shorten,
    ),
}
