"""The routes of version 2's events."""

from __future__ import annotations

import hashlib
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.conditional import answer_tagged, respond
from api.document import JSONAPI, MEDIA_TYPE, Json, document
from api.middleware import header_values
from api.problems import from_faults, problem, refusal
from api.requests import find_instrument, known_tags, parse_event_id, read_query
from api.resource_objects import kind_of, primary_data, read_id, schema_fault, type_name
from api.v2.fieldsets import Fieldsets
from api.v2.listing import FAMILY, FILTERS, bad_parameter, fields_of, page_links, read_listing
from api.v2.refusals import climb, rejected
from api.v2.resources import (
    changes_meta,
    decided_resource,
    event_link,
    record_resource,
)
from api.v2.submission import Asked, judge, merge
from models.command import CommandKind, StoredCommand
from models.errors import InvalidRequest, Reason
from models.event import Record
from models.instrument import Instrument
from models.outcome import Outcome, Status

_TAG_LENGTH = 32
_LIST = (*(f"filter[{name}]" for name in FILTERS), "sort", "page[size]", "page[after]")


class EventRoutes:
    """The functions behind the URLs of events."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_events(self, request: Request, instrument_id: str) -> Response:
        """Events in whatever state, a page of them."""
        instrument = find_instrument(instrument_id)
        known = fields_of(instrument)
        query = read_query(request, (*_LIST, *Fieldsets.parameters(known)))
        fieldsets = Fieldsets(query, known)
        caller = requests.caller_of(request).subject
        asked = read_listing(query, instrument, caller, self._services.clock.now())
        try:
            page = await self._services.reader.find_events(
                instrument.id, asked.wanted, sort=asked.sort, size=asked.size, after=asked.after
            )
        except InvalidRequest as error:
            raise from_faults(
                [bad_parameter("page[after]", fault.detail) for fault in error.faults]
            ) from None
        found = [
            fieldsets.apply(record_resource(instrument, record), FAMILY) for record in page.records
        ]
        links = page_links(request, page.after)
        return respond(request, document(found, link=links["self"]) | {"links": links})

    async def read_event(self, request: Request, instrument_id: str, event_id: str) -> Response:
        """One event in whatever state, with its history."""
        instrument = find_instrument(instrument_id)
        known = fields_of(instrument)
        fieldsets = Fieldsets(read_query(request, Fieldsets.parameters(known)), known)
        found = await self._find(instrument, event_id)
        tag = tag_of(found)
        if fieldsets:
            # The part before the dot is that of the whole event: If-Match looks at it alone.
            tag = f"{tag}.{hashlib.sha256(fieldsets.name.encode()).hexdigest()[:8]}"
        tags = known_tags(request)
        answer = document(fieldsets.apply(found, FAMILY), link=event_link(instrument, found["id"]))
        unchanged = tag in tags or "*" in tags
        return answer_tagged(None if unchanged else orjson.dumps(answer), tag)

    async def add_event(self, request: Request, instrument_id: str) -> Response:
        """Ask for an event: it is scheduled, waits, or is rejected with the reasons."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        cap = asking.caller.priority_cap
        asked = judge(body, instrument, cap=cap, priority=cap, new_id=asking.new_id)
        if asked.event is None:
            raise asked.problem
        event = asked.event
        outcome = await asking.ask(
            instrument,
            {
                "id": event.id,
                "kind": CommandKind.ADD,
                "event": event,
                "explicit_priority": asked.explicit_priority,
            },
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status not in {Status.ADDED, Status.WAITING}:
            raise rejected(outcome, body)
        data = decided_resource(instrument, asking.caller, event, outcome)
        link = event_link(instrument, event.id)
        return answered(outcome, data, link, status_code=201)

    async def change_event(self, request: Request, instrument_id: str, event_id: str) -> Response:
        """Ask for an event otherwise; it stays as it was if that is rejected."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        identifier = known_id(event_id)
        changes = read_changes(body, identifier)
        record = await self._services.reader.read_event(instrument.id, identifier)
        if record is None:
            raise unknown_event(event_id)
        self._check_match(request, instrument, record)
        asked = self._merged(body, changes, instrument, asking, record)
        if asked.event is None:
            raise asked.problem
        outcome = await asking.ask(
            instrument,
            {
                "id": asking.new_id(),
                "kind": CommandKind.CHANGE,
                "event": asked.event,
                "explicit_priority": changes.get("priority") is not None,
            },
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status not in {Status.CHANGED, Status.WAITING}:
            raise rejected(outcome, body)
        data = decided_resource(instrument, asking.caller, asked.event, outcome, record)
        return answered(outcome, data, event_link(instrument, identifier))

    def _merged(
        self, body: Json, changes: Json, instrument: Instrument, asking: Asking, record: Record
    ) -> Asked:
        """What the event is to become, its faults placed in the document of the change."""
        event = record.event
        if body["data"]["type"] != event.type:
            detail = f"expected the type of the event, {event.type}, got another one"
            raise from_faults([schema_fault("/data/type", detail)], status=409)
        attributes = merge(event, changes)
        whole = {"data": {"type": event.type, "id": str(event.id), "attributes": attributes}}
        # Who leaves the priority as it is need not be allowed to ask for it.
        cap = asking.caller.priority_cap if changes.get("priority") is not None else 5
        asked = judge(
            whole, instrument, cap=cap, priority=event.priority, new_id=self._services.new_id
        )
        if asked.event is not None:
            kept = asked.event.model_copy(update={"series": event.series})
            return Asked(event=kept, explicit_priority=asked.explicit_priority)
        faults = tuple(
            fault.model_copy(update={"pointer": climb(body, fault.pointer or "")})
            for fault in asked.faults
        )
        return Asked(faults=faults, status=asked.status)

    async def remove_event(self, request: Request, instrument_id: str, event_id: str) -> Response:
        """Take an event back; its night is planned anew."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        identifier = known_id(event_id)
        if header_values(request.scope, b"if-match"):
            record = await self._services.reader.read_event(instrument.id, identifier)
            if record is None:
                raise unknown_event(event_id)
            self._check_match(request, instrument, record)
        outcome = await asking.ask(
            instrument,
            {"id": asking.new_id(), "kind": CommandKind.REMOVE, "event_id": identifier},
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.REMOVED:
            raise rejected(outcome)
        return answered(outcome, None, event_link(instrument, identifier))

    def _check_match(self, request: Request, instrument: Instrument, record: Record) -> None:
        """Refuse to change an event that is no longer what the caller has seen."""
        values = header_values(request.scope, b"if-match")
        given = [tag.strip() for value in values for tag in value.split(",")]
        now = tag_of(record_resource(instrument, record, history=True))
        if not given or "*" in given:
            return
        if not any(tag.strip('"').partition(".")[0] == now for tag in given):
            raise problem(
                412,
                "precondition-failed",
                "expected the ETag that the event has now in If-Match; it has changed since it "
                "was read",
                source={"header": "If-Match"},
            )

    async def _find(self, instrument: Instrument, event_id: str) -> Json:
        """The resource of an event, or of the request for one that was rejected."""
        identifier = known_id(event_id)
        record = await self._services.reader.read_event(instrument.id, identifier)
        if record is not None:
            return record_resource(instrument, record, history=True)
        stored = await find_rejected(self._services, instrument, identifier)
        if stored is None or stored.outcome is None or stored.command.event is None:
            raise unknown_event(event_id)
        command = stored.command
        return decided_resource(instrument, command.caller, stored.command.event, stored.outcome)


def add_event_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of events."""
    routes = EventRoutes(services)
    many = "/instruments/{instrument_id}/events"
    one = f"{many}/{{event_id}}"
    add = router.add_api_route
    add(many, routes.list_events, methods=["GET"], **described["list"])
    add(many, routes.add_event, methods=["POST"], **described["add"])
    add(one, routes.read_event, methods=["GET"], **described["read"])
    add(one, routes.change_event, methods=["PATCH"], **described["change"])
    add(one, routes.remove_event, methods=["DELETE"], **described["remove"])


async def find_rejected(
    services: Services, instrument: Instrument, event: UUID
) -> StoredCommand | None:
    """The command that asked for an event and was rejected, if there is one."""
    stored = await services.reader.read_command(event)
    if (
        stored is None
        or stored.outcome is None
        or stored.outcome.status is not Status.REJECTED
        or stored.command.kind is not CommandKind.ADD
        or stored.command.parts
        or stored.command.instrument != instrument.id
        or stored.command.target != event
    ):
        return None
    return stored


def read_changes(body: object, identifier: UUID) -> Json:
    """The attributes that a document wants changed.

    Raises
    ------
    Problem
        400 with every fault of the document's form; 409: it is about another event.
    """
    data, faults = primary_data(body)
    if faults:
        raise from_faults(faults)
    type_name(data, faults)
    named = read_id(data, faults, required=True)
    attributes = data.get("attributes", {})
    if not isinstance(attributes, dict):
        faults.append(
            schema_fault("/data/attributes", f"expected an object, got {kind_of(attributes)}")
        )
    if faults:
        raise from_faults(faults)
    if named != identifier:
        detail = f"expected the id of the URL, {identifier}, got {named}"
        raise from_faults([schema_fault("/data/id", detail)], status=409)
    return dict(attributes)


def tag_of(found: Json) -> str:
    """The entity tag of a whole resource."""
    return hashlib.sha256(orjson.dumps(found)).hexdigest()[:_TAG_LENGTH]


def answered(outcome: Outcome, data: Json | None, link: str, *, status_code: int = 200) -> Response:
    """The answer to a command that was carried out."""
    meta = {"status": outcome.status.value, **changes_meta(outcome)}
    if data is None:
        answer: Json = {"jsonapi": JSONAPI, "meta": meta}
    else:
        answer = document(data, link=link, meta=meta)
    timings = ", ".join(f"{name};dur={value:g}" for name, value in outcome.timings.items())
    headers = {"Server-Timing": timings} if timings else {}
    if status_code == 201:
        headers["Location"] = link
    return Response(
        orjson.dumps(answer), status_code=status_code, media_type=MEDIA_TYPE, headers=headers
    )


def known_id(event_id: str) -> UUID:
    """The id of an event in a URL.

    Raises
    ------
    Problem
        404: it is none.
    """
    identifier = parse_event_id(event_id)
    if identifier is None:
        raise unknown_event(event_id)
    return identifier


def unknown_event(event_id: str) -> Exception:
    """404: there is no such event."""
    return refusal(
        Reason.UNKNOWN_EVENT, f"no event of this instrument has the id {ascii(event_id)[:80]}"
    )
