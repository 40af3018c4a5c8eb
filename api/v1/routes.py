"""Version 1's URLs: each function reads a request, asks, and writes the answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.conditional import answer_tagged, respond
from api.document import MEDIA_TYPE, document
from api.problems import from_faults, placed, refusal
from api.schedules import Schedules
from api.v1 import openapi
from api.v1.resources import (
    block_resource,
    event_link,
    instrument_link,
    instrument_resource,
    record_resource,
    requested_resource,
    schedule_meta,
)
from api.v1.submission import read_event, read_identifier
from instruments import discover
from models.command import CommandKind
from models.errors import Reason
from models.instrument import Instrument
from models.outcome import Outcome, Status
from models.schedule import Schedule


def build_router(services: Services) -> APIRouter:
    """All of version 1."""
    router = APIRouter(prefix="/v1/instrument", redirect_slashes=False)
    routes = _Routes(services)
    add = router.add_api_route
    add("", routes.list_instruments, methods=["GET"], **openapi.LIST_INSTRUMENTS)
    add("/{instrument_id}/schedule", routes.read_schedule, methods=["GET"], **openapi.SCHEDULE)
    add("/{instrument_id}/event", routes.list_events, methods=["GET"], **openapi.LIST_EVENTS)
    add("/{instrument_id}/event", routes.add_event, methods=["POST"], **openapi.ADD_EVENT)
    add("/{instrument_id}/event", routes.remove_event, methods=["DELETE"], **openapi.REMOVE_EVENT)
    one = "/{instrument_id}/event/{event_id}"
    add(one, routes.read_event, methods=["GET"], **openapi.READ_EVENT)
    add(one, routes.remove_event_by_url, methods=["DELETE"], **openapi.REMOVE_EVENT_BY_URL)
    return router


class _Routes:
    """The functions behind the URLs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._schedules = Schedules(services.reader, services.clock, _schedule_body)

    async def list_instruments(self, request: Request) -> Response:
        """All instruments: ids, types, attributes."""
        requests.read_query(request, ())
        found = [instrument_resource(instrument) for instrument in discover()]
        return respond(request, document(found, link="/v1/instrument"))

    async def read_schedule(self, request: Request, instrument_id: str) -> Response:
        """The schedule of a night, dusk to dawn, fillers included."""
        instrument = requests.find_instrument(instrument_id)
        query = requests.read_query(request, ("filter[night]",))
        night = requests.read_date(query, "filter[night]")
        asked = [tag.removeprefix("v1.") for tag in requests.known_tags(request)]
        served = await self._schedules.read(instrument, night, asked)
        return answer_tagged(served.content, f"v1.{served.tag}", served.age)

    async def list_events(self, request: Request, instrument_id: str) -> Response:
        """Every scheduled event, past nights too, no fillers."""
        instrument = requests.find_instrument(instrument_id)
        query = requests.read_query(request, ("filter[from]", "filter[to]"))
        start, end = requests.read_span(query, "filter[from]", "filter[to]")
        records = await self._services.reader.read_events(instrument.id, start, end)
        answer = document(
            [record_resource(instrument, record) for record in records],
            link=str(request.url.replace(scheme="", netloc="")),
        )
        return respond(request, answer)

    async def read_event(self, request: Request, instrument_id: str, event_id: str) -> Response:
        """One event in whatever state, with its history."""
        instrument = requests.find_instrument(instrument_id)
        requests.read_query(request, ())
        identifier = _known_id(event_id)
        record = await self._services.reader.read_event(instrument.id, identifier)
        if record is None:
            raise _unknown_event(event_id)
        found = record_resource(instrument, record, history=True)
        return respond(request, document(found, link=event_link(instrument, identifier)))

    async def add_event(self, request: Request, instrument_id: str) -> Response:
        """Ask for an event: Added, or Rejected with the reasons."""
        instrument = requests.find_instrument(instrument_id)
        asking = Asking(self._services, request)
        requests.read_query(request, ())
        event = read_event(
            await requests.read_document(request, self._services.limits),
            instrument,
            priority=asking.caller.priority_cap,
            new_id=asking.new_id,
        )
        outcome = await asking.ask(
            instrument, {"id": event.id, "kind": CommandKind.ADD, "event": event}
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.ADDED:
            raise _rejected(outcome)
        data = requested_resource(instrument, outcome.event or event)
        return self._done(outcome, data, event_link(instrument, event.id), "Added")

    async def remove_event(self, request: Request, instrument_id: str) -> Response:
        """Remove the event that the document names."""
        instrument = requests.find_instrument(instrument_id)
        asking = Asking(self._services, request)
        requests.read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        identifier, kind = read_identifier(body)
        return await self._remove(asking, instrument, identifier, kind)

    async def remove_event_by_url(
        self, request: Request, instrument_id: str, event_id: str
    ) -> Response:
        """Remove the event that the URL names."""
        instrument = requests.find_instrument(instrument_id)
        asking = Asking(self._services, request)
        requests.read_query(request, ())
        return await self._remove(asking, instrument, _known_id(event_id), None)

    async def _remove(
        self, asking: Asking, instrument: Instrument, identifier: UUID, kind: str | None
    ) -> Response:
        outcome = await asking.ask(
            instrument,
            {
                "id": asking.new_id(),
                "kind": CommandKind.REMOVE,
                "event_id": identifier,
                "event_type": kind,
            },
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.REMOVED or outcome.event is None:
            raise _rejected(outcome, in_document=kind is not None)
        data = requested_resource(instrument, outcome.event)
        return self._done(outcome, data, event_link(instrument, identifier), "Removed")

    def _done(self, outcome: Outcome, data: dict[str, Any], link: str, status: str) -> Response:
        meta = {
            "status": status,
            "night": outcome.night.isoformat() if outcome.night else None,
            "revision": outcome.revision,
            "displaced": [str(event) for event in outcome.displaced],
            "scheduled": [str(event) for event in outcome.scheduled],
        }
        timings = ", ".join(f"{name};dur={value:g}" for name, value in outcome.timings.items())
        return Response(
            orjson.dumps(document(data, link=link, meta=meta)),
            media_type=MEDIA_TYPE,
            headers={"Server-Timing": timings} if timings else {},
        )


def _schedule_body(instrument: Instrument, schedule: Schedule) -> bytes:
    """The document of a schedule."""
    answer = document(
        [block_resource(instrument, block) for block in schedule.blocks],
        link=f"{instrument_link(instrument)}/schedule?filter[night]={schedule.night}",
        meta=schedule_meta(instrument, schedule),
    )
    return orjson.dumps(answer)


def _rejected(outcome: Outcome, *, in_document: bool = True) -> Exception:
    """The problem for a command that was not carried out."""
    faults = [placed(fault, in_document=in_document) for fault in outcome.faults]
    reasons = {fault.reason for fault in faults}
    for reason, status in (
        (Reason.UNKNOWN_INSTRUMENT, 404),
        (Reason.UNKNOWN_EVENT, 404),
        (Reason.NOT_ALLOWED, 403),
        (Reason.TIMEOUT, 504),
    ):
        if reason in reasons:
            return from_faults(faults, status=status)
    return from_faults(faults, status=409, meta={"status": "Rejected"})


def _known_id(event_id: str) -> UUID:
    identifier = requests.parse_event_id(event_id)
    if identifier is None:
        raise _unknown_event(event_id)
    return identifier


def _unknown_event(event_id: str) -> Exception:
    return refusal(
        Reason.UNKNOWN_EVENT, f"no event of this instrument has the id {ascii(event_id)[:80]}"
    )
