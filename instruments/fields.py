"""Fields: the forms of attributes that instruments of any kind use in their models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.instant import UTC_PATTERN

ANGLE_PATTERN = r"^\d{1,3}\.\d{3}$"
"""Regular expression of an angle in degrees: 1 to 3 digits, a point, 3 digits."""


class Timed(BaseModel):
    """An event that runs from one instant to another; every event type's model extends it.

    Parameters
    ----------
    start_time, end_time
        When it starts and ends, in UTC with the suffix ``Z``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: Annotated[
        str,
        Field(
            pattern=UTC_PATTERN,
            json_schema_extra={"format": "date-time"},
            description="When the event starts: RFC 3339, in UTC with the suffix Z, "
            "at most three decimals of a second.",
            examples=["2022-02-16T18:42:24.913Z"],
        ),
    ]
    end_time: Annotated[
        str,
        Field(
            pattern=UTC_PATTERN,
            json_schema_extra={"format": "date-time"},
            description="When the event ends, after start_time and in the same form.",
            examples=["2022-02-16T18:44:27.913Z"],
        ),
    ]
