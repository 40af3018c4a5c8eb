"""The routes of version 2's maintenance: when an instrument is closed, as operators set it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.conditional import respond
from api.document import Json, document, resource
from api.problems import from_faults, refusal
from api.requests import find_instrument, parse_event_id, read_query, require_operator
from api.resource_objects import kind_of, primary_data, read_id, schema_fault, type_name
from api.v2.events import answered
from api.v2.listing import read_span
from api.v2.refusals import rejected
from api.v2.resources import instrument_link
from api.v2.timing import TIMES, read_instant
from instruments.quoting import point, quote
from models.command import CommandKind
from models.errors import Fault, Reason
from models.instant import format_instant
from models.instrument import Instrument
from models.maintenance import Maintenance, MaintenanceRecord
from models.outcome import Status
from models.window import Window

KIND = "maintenance"
LONGEST_NOTE = 1000
"""Longest note, in characters."""


class MaintenanceRoutes:
    """The functions behind the URLs of maintenance."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_maintenance(self, request: Request, instrument_id: str) -> Response:
        """Every maintenance that was not taken back, by start."""
        instrument = find_instrument(instrument_id)
        start, end = read_span(read_query(request, ("filter[from]", "filter[to]")))
        records = await self._services.reader.list_maintenance(instrument.id, start, end)
        found = [record_resource(instrument, record) for record in records]
        link = str(request.url.replace(scheme="", netloc=""))
        return respond(request, document(found, link=link))

    async def read_maintenance(
        self, request: Request, instrument_id: str, maintenance_id: str
    ) -> Response:
        """One maintenance, also one that was taken back."""
        instrument = find_instrument(instrument_id)
        read_query(request, ())
        identifier = _known_id(maintenance_id)
        record = await self._services.reader.find_maintenance(instrument.id, identifier)
        if record is None:
            raise _unknown(maintenance_id)
        found = record_resource(instrument, record)
        return respond(request, document(found, link=maintenance_link(instrument, identifier)))

    async def close(self, request: Request, instrument_id: str) -> Response:
        """Close the instrument for a span; what is in the way is displaced."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        require_operator(asking.caller)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        asked = read_request(body, instrument, asking.new_id)
        outcome = await asking.ask(
            instrument, {"id": asked.id, "kind": CommandKind.CLOSE, "maintenance": asked}
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.CLOSED:
            raise rejected(outcome, body)
        record = MaintenanceRecord(
            maintenance=outcome.maintenance or asked,
            owner=asking.caller.subject,
            owner_name=asking.caller.username,
            created_at=outcome.decided_at,
        )
        link = maintenance_link(instrument, asked.id)
        return answered(outcome, record_resource(instrument, record), link, status_code=201)

    async def open(self, request: Request, instrument_id: str, maintenance_id: str) -> Response:
        """Take a maintenance back; what waits for room comes in."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        require_operator(asking.caller)
        read_query(request, ())
        identifier = _known_id(maintenance_id)
        outcome = await asking.ask(
            instrument,
            {"id": asking.new_id(), "kind": CommandKind.OPEN, "maintenance_id": identifier},
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.OPENED:
            raise rejected(outcome)
        return answered(outcome, None, maintenance_link(instrument, identifier))


def add_maintenance_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of maintenance."""
    routes = MaintenanceRoutes(services)
    many = "/instruments/{instrument_id}/maintenance"
    one = f"{many}/{{maintenance_id}}"
    add = router.add_api_route
    add(many, routes.list_maintenance, methods=["GET"], **described["list"])
    add(many, routes.close, methods=["POST"], **described["close"])
    add(one, routes.read_maintenance, methods=["GET"], **described["read"])
    add(one, routes.open, methods=["DELETE"], **described["open"])


def maintenance_link(instrument: Instrument, maintenance: object) -> str:
    """The URL of one maintenance."""
    return f"{instrument_link(instrument)}/maintenance/{maintenance}"


def record_resource(instrument: Instrument, record: MaintenanceRecord) -> Json:
    """A maintenance as it is stored."""
    asked, ended = record.maintenance, record.ended_at
    return resource(
        KIND,
        str(asked.id),
        {
            "start_time": format_instant(asked.window.start),
            "end_time": format_instant(asked.window.end),
            "note": asked.note,
            "owner": record.owner,
            "owner_name": record.owner_name,
            "created_at": format_instant(record.created_at),
            "ended_at": ended and format_instant(ended),
        },
        link=maintenance_link(instrument, asked.id),
    )


def read_request(body: object, instrument: Instrument, new_id: Callable[[], UUID]) -> Maintenance:
    """The maintenance that a document asks for.

    Raises
    ------
    Problem
        409: its ``type`` is another one; 400 with every fault.
    """
    data, faults = primary_data(body)
    if faults:
        raise from_faults(faults)
    kind = type_name(data, faults)
    wrong = not faults and kind != KIND
    identifier = read_id(data, faults, required=False)
    attributes = data.get("attributes")
    window, note = None, ""
    if "attributes" not in data:
        faults.append(schema_fault("/data", "expected the member 'attributes', got none"))
    elif not isinstance(attributes, dict):
        faults.append(
            schema_fault("/data/attributes", f"expected an object, got {kind_of(attributes)}")
        )
    else:
        window = _read_window(attributes, faults)
        note = _read_note(attributes, faults)
    if faults:
        raise from_faults(faults)
    if wrong or window is None:
        detail = f"expected {KIND}, got {ascii(kind)[:60]}"
        raise from_faults(
            [schema_fault("/data/type", detail)], status=409, meta={"status": "rejected"}
        )
    return Maintenance(
        id=identifier or new_id(), instrument=instrument.id, window=window, note=note
    )


def _read_window(attributes: Json, faults: list[Fault]) -> Window | None:
    base = "/data/attributes"
    allowed = (*TIMES, "note")
    faults += [
        schema_fault(
            base + point([name]),
            f"expected only the attributes {', '.join(allowed)}; got {quote(name)}",
        )
        for name in [name for name in attributes if name not in allowed][:100]
    ]
    start, end = (read_instant(attributes, name, base, faults) for name in TIMES)
    if start is None or end is None:
        return None
    if end <= start:
        faults.append(
            Fault(
                reason=Reason.END_BEFORE_START,
                detail=f"expected an end_time after {format_instant(start)}, got "
                f"{format_instant(end)}",
                pointer=f"{base}/end_time",
            )
        )
        return None
    return Window(start=start, end=end)


def _read_note(attributes: Json, faults: list[Fault]) -> str:
    note = attributes.get("note", "")
    if isinstance(note, str) and len(note) <= LONGEST_NOTE and "\0" not in note:
        return note
    detail = f"expected a text of at most {LONGEST_NOTE} characters without U+0000, got "
    faults.append(schema_fault("/data/attributes/note", detail + quote(note)))
    return ""


def _known_id(maintenance_id: str) -> UUID:
    identifier = parse_event_id(maintenance_id)
    if identifier is None:
        raise _unknown(maintenance_id)
    return identifier


def _unknown(maintenance_id: str) -> Exception:
    return refusal(
        Reason.UNKNOWN_EVENT,
        f"no maintenance of this instrument has the id {ascii(maintenance_id)[:80]}",
    )
