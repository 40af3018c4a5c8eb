"""The rules of FAIM that a form cannot express, one function each (E1 to E4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from instruments._faim.timing import PHOTO, SCAN
from instruments.rules import ENDS_AFTER_START, lasts, seconds, within_limits
from models.errors import Fault, Reason
from models.instrument import Attributes, Check


def photos_fill_the_duration(attributes: Attributes) -> Fault | None:
    """The number of pictures is twice the duration in seconds, a whole number (E2)."""
    length = attributes["end_time"] - attributes["start_time"]
    if length <= timedelta(0):
        return None
    asked = attributes["number_of_photos"]
    photos, rest = divmod(length, PHOTO)
    if rest:
        detail = (
            f"expected a duration that is a multiple of {seconds(PHOTO)}, the time of one "
            f"picture, got {seconds(length)}"
        )
    elif photos != asked:
        detail = (
            f"expected {photos}, that is one picture for each {seconds(PHOTO)} of the duration "
            f"of {seconds(length)}, got {asked}"
        )
    else:
        return None
    return Fault(reason=Reason.DURATION_MISMATCH, detail=detail, pointer="/number_of_photos")


SCAN_CHECKS = (
    ENDS_AFTER_START,
    lasts("E1", SCAN, SCAN),
)

STATIC_CHECKS = (
    ENDS_AFTER_START,
    Check(
        rule="E2",
        fields=("start_time", "end_time", "number_of_photos"),
        find=photos_fill_the_duration,
    ),
    within_limits("E3 zenith", "zenith", Decimal(0), Decimal(70)),
    within_limits("E3 azimuth", "azimuth", Decimal(0), Decimal(360)),
)
