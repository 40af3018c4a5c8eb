"""Nights: what their plans add up to, the plans that they had, and who got them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import TypeAdapter

from models.errors import Fault, InvalidRequest, Reason
from models.instrument import Instrument
from models.night import FIRST_DATE, LAST_DATE, find_night
from models.reading import NightSummary, StoredDownload
from models.schedule import Schedule, verify
from sidecar.answers import JSON, find_instrument
from sidecar.ports import Archive

_NIGHTS: TypeAdapter[list[NightSummary]] = TypeAdapter(list[NightSummary])
_DOWNLOADS: TypeAdapter[list[StoredDownload]] = TypeAdapter(list[StoredDownload])
MOST_NIGHTS = 400
"""Nights in one answer."""


def add_nights(app: FastAPI, archive: Archive) -> None:
    """Add the routes of nights."""

    @app.get("/internal/instruments/{instrument_id}/nights", response_model=list[NightSummary])
    async def read_nights(
        instrument_id: UUID,
        start: Annotated[date, Query(alias="from")],
        end: Annotated[date, Query(alias="to")],
    ) -> Response:
        """The nights from one date to another, both included, planned or not.

        At most ``MOST_NIGHTS`` of them; those whose dusk nobody can tell are left out.
        """
        instrument = find_instrument(instrument_id)
        if (end - start).days >= MOST_NIGHTS:
            detail = f"expected at most {MOST_NIGHTS} nights, got {(end - start).days + 1}"
            raise InvalidRequest([Fault(reason=Reason.SCHEMA, detail=detail, parameter="to")])
        stored = await archive.read_nights(instrument.id, start, end)
        # Finding a night takes half a millisecond.
        nights = await asyncio.to_thread(_filled_in, instrument, start, end, stored)
        return Response(_NIGHTS.dump_json(nights), media_type=JSON)

    @app.get(
        "/internal/instruments/{instrument_id}/nights/{night}/revisions/{revision}",
        response_model=Schedule,
    )
    async def read_revision(instrument_id: UUID, night: date, revision: int) -> Response:
        """The plan that a night had in an earlier revision."""
        instrument = find_instrument(instrument_id)
        schedule = await archive.read_revision(instrument.id, night, revision)
        if schedule is None:
            raise HTTPException(404, "this night never had this revision")
        verify(schedule)
        return Response(schedule.model_dump_json(), media_type=JSON)

    @app.get(
        "/internal/instruments/{instrument_id}/nights/{night}/downloads",
        response_model=list[StoredDownload],
    )
    async def list_downloads(instrument_id: UUID, night: date) -> Response:
        """Who got the plan of a night, oldest first."""
        downloads = await archive.list_downloads(find_instrument(instrument_id).id, night)
        return Response(_DOWNLOADS.dump_json(list(downloads)), media_type=JSON)


def _filled_in(
    instrument: Instrument, start: date, end: date, stored: Sequence[NightSummary]
) -> list[NightSummary]:
    """Every night of a span: as stored, or as one that nobody has asked anything of yet."""
    known = {summary.night: summary for summary in stored}
    first, last = max(start, FIRST_DATE), min(end, LAST_DATE)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [known.get(day) or _unplanned(instrument, day) for day in days]


def _unplanned(instrument: Instrument, day: date) -> NightSummary:
    night = find_night(instrument.site, day, instrument.depression)
    return NightSummary(
        instrument=instrument.id,
        night=day,
        dusk=night.dusk,
        dawn=night.dawn,
        revision=0,
        quality=None,
        planned_at=None,
        requested_ms=0,
        filled_ms=0,
        idle_ms=0,
        events=0,
        waiting=0,
        moved=0,
        displaced=0,
    )
