"""Format: how a schedule can be written."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How a schedule is written."""

    JSON = "json"
    TXT = "txt"
    CSV = "csv"
    ICS = "ics"
