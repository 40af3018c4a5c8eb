"""Series: a request that recurs, night after night, as one."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.event import Event
from models.identity import Caller


class Series(BaseModel):
    """A request that recurs.

    Parameters
    ----------
    id
        UUID version 4, chosen by the client or made for it.
    rule
        When, as a recurrence rule of RFC 5545 (``FREQ=DAILY;COUNT=10``); it begins with
        the template's earliest start, all in UTC.
    template
        The first event; the others are as long after it as the rule says. Its id means
        nothing.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    rule: str
    template: Event


class SeriesRecord(BaseModel):
    """A series as it is stored.

    Parameters
    ----------
    series
        What was asked last.
    caller
        Who asked first: its events are asked for by them.
    generation
        How often it was asked for anew; each time its events to come are other ones.
    horizon
        The last night up to which its events were asked for; None: none was.
    created_at
        When, by the database's clock.
    ended_at
        When it was ended, if it was.
    """

    model_config = ConfigDict(frozen=True)

    series: Series
    caller: Caller
    generation: int = 0
    horizon: date | None = None
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None


def occurrence_id(series: UUID, generation: int, night: date) -> UUID:
    """The id of a series' event in a night, of the form of a UUID version 4.

    The first 16 bytes of a SHA-256 with the version's and the variant's bits set
    (RFC 9562): whoever asks for the event again asks for the same one.
    """
    text = f"nightplan series {series} {generation} {night.isoformat()}"
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4)
