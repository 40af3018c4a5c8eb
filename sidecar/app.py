"""The sidecar's HTTP interface: what the API's reads need, as plain JSON.

GET /internal/instruments/{id}/schedule[?night=YYYY-MM-DD]
GET /internal/instruments/{id}/events[?from=…&to=…]
GET /internal/instruments/{id}/events/{event}
GET /internal/commands/{id}
GET /health/live, /health/ready
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import FastAPI, Header, HTTPException, Query, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.routing import BaseRoute

from instruments import find
from models.command import StoredCommand
from models.errors import BrokenSchedule, Unreachable
from models.event import Record
from models.instrument import Instrument
from models.night import current_night, find_night
from models.schedule import Schedule, verify, version_of
from sidecar.last_plans import LastPlans
from sidecar.ports import Archive, Clock

log = structlog.get_logger(__name__)

_RECORDS: TypeAdapter[list[Record]] = TypeAdapter(list[Record])
JSON = "application/json"
MOST_EVENTS = 1000
"""Events in one answer."""


def build_app(
    *,
    archive: Archive,
    clock: Clock,
    plans: LastPlans | None = None,
    health: Sequence[BaseRoute] = (),
) -> FastAPI:
    """Make the sidecar's application.

    Parameters
    ----------
    archive
        The database.
    clock
        Tells which night is the current one.
    plans
        What is served while the database is away; by default nothing yet.
    health
        The routes below ``/health/``.
    """
    app = FastAPI(
        title="nightplan sidecar",
        version="1",
        summary="Serves nightly schedules to the API. Inside only, without authentication.",
        docs_url=None,
        redoc_url=None,
    )

    app.router.routes.extend(health)
    _add_errors(app)
    _add_schedule(app, archive, clock, LastPlans() if plans is None else plans)
    _add_events(app, archive)
    _add_commands(app, archive)
    return app


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Unreachable)
    async def unreachable(_: Request, error: Unreachable) -> JSONResponse:
        log.warning("database does not answer", error=str(error))
        return JSONResponse({"detail": str(error)}, status_code=503)

    @app.exception_handler(BrokenSchedule)
    async def broken(_: Request, error: BrokenSchedule) -> JSONResponse:
        log.error("a broken schedule is not served", violations=error.violations)
        return JSONResponse({"detail": str(error)}, status_code=500)


def _add_schedule(app: FastAPI, archive: Archive, clock: Clock, plans: LastPlans) -> None:
    @app.get("/internal/instruments/{instrument_id}/schedule", response_model=Schedule)
    async def read_schedule(
        instrument_id: UUID,
        night: date | None = None,
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """The plan of one night, fillers included; by default the current night's.

        While the database is away, the last plan that was read, with its ``Age``.
        """
        instrument = _find(instrument_id)
        if night is None:
            site = instrument.site
            night = current_night(site, clock.now(), instrument.depression).date
        try:
            return await _newest(archive, plans, instrument, night, if_none_match)
        except Unreachable as error:
            kept = plans.find(instrument.id, night)
            if kept is None:
                raise
            log.warning("the last plan is served, the database is away", error=str(error))
            schedule, age = kept
            verify(schedule)
            headers = {"ETag": _tag(instrument, night, schedule.version), "Age": str(age)}
            if headers["ETag"] in if_none_match:
                return Response(status_code=304, headers=headers)
            return Response(schedule.model_dump_json(), media_type=JSON, headers=headers)


async def _newest(
    archive: Archive,
    plans: LastPlans,
    instrument: Instrument,
    night: date,
    if_none_match: str,
) -> Response:
    """The plan as stored, or 304 if the caller has that version."""
    unplanned = version_of(0, None)
    asked_at = plans.uptime()
    version = await archive.find_version(instrument.id, night) or unplanned
    headers = {"ETag": _tag(instrument, night, version)}
    if headers["ETag"] in if_none_match:
        plans.confirm(instrument.id, night, version, asked_at)
        return Response(status_code=304, headers=headers)
    schedule = await archive.read_schedule(instrument.id, night)
    if schedule is None:
        schedule = _unplanned(instrument, night)
    verify(schedule)
    plans.keep(schedule, asked_at)
    headers["ETag"] = _tag(instrument, night, schedule.version)
    return Response(schedule.model_dump_json(), media_type=JSON, headers=headers)


def _add_events(app: FastAPI, archive: Archive) -> None:
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
        records = await archive.list_events(_find(instrument_id).id, start, end, limit)
        return Response(_RECORDS.dump_json(list(records)), media_type=JSON)

    @app.get("/internal/instruments/{instrument_id}/events/{event_id}", response_model=Record)
    async def read_event(instrument_id: UUID, event_id: UUID) -> Response:
        """One event in whatever state, with its history."""
        record = await archive.find_event(event_id)
        if record is None or record.event.instrument != _find(instrument_id).id:
            raise HTTPException(404, "no event of this instrument has this id")
        return Response(record.model_dump_json(), media_type=JSON)


def _add_commands(app: FastAPI, archive: Archive) -> None:
    @app.get("/internal/commands/{command_id}", response_model=StoredCommand)
    async def read_command(command_id: UUID) -> Response:
        """A command that the scheduler has begun, and what became of it."""
        command = await archive.find_command(command_id)
        if command is None:
            raise HTTPException(404, "the scheduler has begun no command with this id")
        return Response(command.model_dump_json(), media_type=JSON)


def _find(instrument_id: UUID) -> Instrument:
    instrument = find(str(instrument_id))
    if instrument is None:
        raise HTTPException(404, "no such instrument")
    return instrument


def _unplanned(instrument: Instrument, day: date) -> Schedule:
    """A night that nobody has asked anything of yet."""
    night = find_night(instrument.site, day, instrument.depression)
    return Schedule(
        instrument=instrument.id,
        night=day,
        dusk=night.dusk,
        dawn=night.dawn,
        revision=0,
        quality=None,
        blocks=(),
    )


def _tag(instrument: Instrument, night: date, version: str) -> str:
    return f'"{instrument.name}.{night.isoformat()}.{version}"'
