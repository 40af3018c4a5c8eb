"""What the routes of all nouns share."""

from __future__ import annotations

from uuid import UUID

from fastapi import HTTPException

from instruments import find
from models.instrument import Instrument

JSON = "application/json"


def find_instrument(instrument_id: UUID) -> Instrument:
    """The instrument with this id; 404 if there is none."""
    instrument = find(str(instrument_id))
    if instrument is None:
        raise HTTPException(404, "no such instrument")
    return instrument
