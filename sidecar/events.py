"""Events: the scheduled ones of a span, a search through all, and one with its history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Response
from pydantic import AwareDatetime, TypeAdapter

from models.event import Record, State
from models.reading import EventFilter, EventPage
from sidecar.answers import JSON, find_instrument
from sidecar.ports import Archive

_RECORDS: TypeAdapter[list[Record]] = TypeAdapter(list[Record])
MOST_EVENTS = 1000
"""Events in one answer."""


def add_events(app: FastAPI, archive: Archive) -> None:
    """Add the routes of events."""

    @app.get("/internal/instruments/{instrument_id}/events", response_model=list[Record])
    async def read_events(
        instrument_id: UUID,
        start: Annotated[datetime | None, Query(alias="from")] = None,
        end: Annotated[datetime | None, Query(alias="to")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = MOST_EVENTS,
    ) -> Response:
        """Scheduled events that overlap the span given, by start.

        At most ``limit`` of them; the next page starts (``from``) at the last one's end.
        """
        records = await archive.list_events(find_instrument(instrument_id).id, start, end, limit)
        return Response(_RECORDS.dump_json(list(records)), media_type=JSON)

    @app.get("/internal/instruments/{instrument_id}/events/search", response_model=EventPage)
    async def search_events(
        instrument_id: UUID,
        wanted: Annotated[EventFilter, Depends(_filter)],
        sort: str = "start_time",
        size: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = MOST_EVENTS,
        after: str | None = None,
    ) -> Response:
        """A page of events in whatever state; ``after`` is what the page before has given."""
        instrument = find_instrument(instrument_id)
        page = await archive.find_events(instrument.id, wanted, sort=sort, size=size, after=after)
        return Response(page.model_dump_json(), media_type=JSON)

    @app.get("/internal/instruments/{instrument_id}/events/{event_id}", response_model=Record)
    async def read_event(instrument_id: UUID, event_id: UUID) -> Response:
        """One event in whatever state, with its history."""
        record = await archive.find_event(event_id)
        if record is None or record.event.instrument != find_instrument(instrument_id).id:
            raise HTTPException(404, "no event of this instrument has this id")
        return Response(record.model_dump_json(), media_type=JSON)


def _filter(
    state: Annotated[list[State] | None, Query()] = None,
    event_type: Annotated[list[str] | None, Query(alias="type")] = None,
    owner: Annotated[list[str] | None, Query()] = None,
    night: date | None = None,
    start: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    series: UUID | None = None,
) -> EventFilter:
    """The events that a query wants; ``state``, ``type`` and ``owner`` may come several times."""
    return EventFilter(
        states=None if state is None else tuple(state),
        types=None if event_type is None else tuple(event_type),
        owners=None if owner is None else tuple(owner),
        night=night,
        start=start,
        end=end,
        series=series,
    )
