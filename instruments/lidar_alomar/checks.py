"""The rules of the lidar that a form cannot express, one each."""

from __future__ import annotations

from decimal import Decimal

from instruments.lidar_alomar.timing import LONGEST_RUN, SHORTEST_RUN
from instruments.rules import ENDS_AFTER_START, lasts, within_limits

PROFILE_CHECKS = (
    ENDS_AFTER_START,
    lasts("run length", SHORTEST_RUN, LONGEST_RUN),
    within_limits("zenith", "zenith", Decimal(0), Decimal(30)),
    within_limits("azimuth", "azimuth", Decimal(0), Decimal(360)),
)
