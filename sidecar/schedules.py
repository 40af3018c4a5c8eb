"""Schedules: the plan of one night, the last one read while the database is away."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import FastAPI, Header, Response

from models.errors import Unreachable
from models.instrument import Instrument
from models.night import current_night, find_night
from models.schedule import Schedule, verify, version_of
from sidecar.answers import JSON, find_instrument
from sidecar.last_plans import LastPlans
from sidecar.ports import Archive, Clock

log = structlog.get_logger(__name__)


def add_schedules(app: FastAPI, archive: Archive, clock: Clock, plans: LastPlans) -> None:
    """Add the route of the newest plan."""

    @app.get("/internal/instruments/{instrument_id}/schedule", response_model=Schedule)
    async def read_schedule(
        instrument_id: UUID,
        night: date | None = None,
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """The plan of one night, fillers included; by default the current night's.

        While the database is away, the last plan that was read, with its ``Age``.
        """
        instrument = find_instrument(instrument_id)
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
