"""The event types of FAIM and the form of their attributes (requirements E1 to E4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from instruments._faim.checks import SCAN_CHECKS, STATIC_CHECKS
from instruments.fields import ANGLE_PATTERN, Timed
from models.instrument import Attributes, EventType


class Scan(Timed):
    """Follow the fixed pattern of 35 pointings over the whole sky, which takes 123 s."""


class Static(Timed):
    """Take pictures of 0.5 s each in one direction.

    Parameters
    ----------
    zenith
        Degrees from the zenith, as text, 0 to 70.
    azimuth
        Degrees from north, as text, 0 to 360.
    number_of_photos
        Twice the duration in seconds.
    """

    zenith: Annotated[
        str,
        Field(
            pattern=ANGLE_PATTERN,
            description="Angle from the zenith in degrees, 0 to 70, with three decimals.",
            examples=["60.300"],
        ),
    ]
    azimuth: Annotated[
        str,
        Field(
            pattern=ANGLE_PATTERN,
            description="Angle from north in degrees, 0 to 360, with three decimals.",
            examples=["284.000"],
        ),
    ]
    number_of_photos: Annotated[
        int,
        Field(
            ge=1,
            le=172_800,
            description="How many pictures of 0.5 s: twice the duration in seconds "
            "(172800 fill a whole day).",
            examples=[246],
        ),
    ]


def shorten(attributes: Attributes, longest: timedelta) -> tuple[timedelta, Attributes] | None:
    """As many whole pictures as fit."""
    photos = longest // timedelta(milliseconds=500)
    if photos < 1:
        return None
    return photos * timedelta(milliseconds=500), {**attributes, "number_of_photos": photos}


EVENT_TYPES = {
    "scan": EventType(
        name="scan",
        summary="Follows a fixed pattern of 35 pointings over the whole sky, in exactly 123 s.",
        model=Scan,
        checks=SCAN_CHECKS,
    ),
    "static": EventType(
        name="static",
        summary="Takes pictures of 0.5 s each in one direction.",
        model=Static,
        checks=STATIC_CHECKS,
        shorten=shorten,
    ),
}
