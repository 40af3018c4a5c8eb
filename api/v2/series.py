"""The routes of version 2's series: requests that recur, each asked for and ended as one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.conditional import respond
from api.document import JSONAPI, MEDIA_TYPE, Json, document, resource
from api.problems import from_faults, refusal
from api.requests import find_instrument, parse_event_id, read_query
from api.resource_objects import kind_of, primary_data, read_id, schema_fault, type_name
from api.v2.refusals import climb, rejected
from api.v2.resources import attributes_of, events_link, instrument_link
from api.v2.submission import judge
from models.command import CommandKind
from models.errors import Fault, Reason
from models.event import Event
from models.instant import format_instant
from models.instrument import Instrument
from models.outcome import Outcome, Status
from models.series import Series, SeriesRecord

KIND = "series"
TEMPLATE = "/data/attributes/event"
LONGEST_RULE = 1000
"""Longest recurrence rule, in characters."""


class SeriesRoutes:
    """The functions behind the URLs of series."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_series(self, request: Request, instrument_id: str) -> Response:
        """Every series that goes on."""
        instrument = find_instrument(instrument_id)
        read_query(request, ())
        records = await self._services.reader.list_series(instrument.id)
        found = [series_resource(instrument, record) for record in records]
        return respond(request, document(found, link=_link(instrument)))

    async def read_series(self, request: Request, instrument_id: str, series_id: str) -> Response:
        """One series, also one that was ended."""
        instrument = find_instrument(instrument_id)
        read_query(request, ())
        record = await self._find(instrument, series_id)
        return respond(request, _document(instrument, record))

    async def add_series(self, request: Request, instrument_id: str) -> Response:
        """Ask for an event night after night."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        asked = read_series(body, instrument, asking, None)
        outcome = await asking.ask(
            instrument, {"id": asked.id, "kind": CommandKind.REPEAT, "series": asked}
        )
        if isinstance(outcome, Response):
            return outcome
        record = _begun(outcome, body)
        return _answer(instrument, record, "added", status_code=201)

    async def change_series(self, request: Request, instrument_id: str, series_id: str) -> Response:
        """Ask for a series otherwise: its events to come are asked for anew."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        record = await self._find(instrument, series_id)
        asked = read_series(body, instrument, asking, record)
        outcome = await asking.ask(
            instrument, {"id": asking.new_id(), "kind": CommandKind.REPEAT, "series": asked}
        )
        if isinstance(outcome, Response):
            return outcome
        return _answer(instrument, _begun(outcome, body), "changed")

    async def end_series(self, request: Request, instrument_id: str, series_id: str) -> Response:
        """End a series: its events to come are taken back."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        outcome = await asking.ask(
            instrument,
            {
                "id": asking.new_id(),
                "kind": CommandKind.CEASE,
                "series_id": _known_id(series_id),
            },
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.CEASED:
            raise rejected(outcome)
        answer = {"jsonapi": JSONAPI, "meta": {"status": "removed"}}
        return Response(orjson.dumps(answer), media_type=MEDIA_TYPE)

    async def _find(self, instrument: Instrument, series_id: str) -> SeriesRecord:
        record = await self._services.reader.find_series(instrument.id, _known_id(series_id))
        if record is None:
            raise _unknown(series_id)
        return record


def add_series_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of series."""
    routes = SeriesRoutes(services)
    many = "/instruments/{instrument_id}/series"
    one = f"{many}/{{series_id}}"
    add = router.add_api_route
    add(many, routes.list_series, methods=["GET"], **described["list"])
    add(many, routes.add_series, methods=["POST"], **described["add"])
    add(one, routes.read_series, methods=["GET"], **described["read"])
    add(one, routes.change_series, methods=["PATCH"], **described["change"])
    add(one, routes.end_series, methods=["DELETE"], **described["end"])


def read_series(
    body: object, instrument: Instrument, asking: Asking, known: SeriesRecord | None
) -> Series:
    """The series that a document asks for; of a known one, what it does not name stays.

    Raises
    ------
    Problem
        400 or 403 with every fault; 409: the type or the id is another one.
    """
    data, faults = primary_data(body)
    if faults:
        raise from_faults(faults)
    kind = type_name(data, faults)
    identifier = read_id(data, faults, required=known is not None)
    attributes = data.get("attributes", {} if known else None)
    if not isinstance(attributes, dict):
        where = "/data/attributes" if "attributes" in data else "/data"
        faults.append(
            schema_fault(where, f"expected attributes, an object, got {kind_of(attributes)}")
        )
        raise from_faults(faults)
    _check_names(attributes, faults)
    rule = _rule(attributes, known, faults)
    template, status = _template(body, attributes, instrument, asking, known, faults)
    if faults:
        raise from_faults(faults, status=status if len({f.reason for f in faults}) == 1 else 400)
    if kind != KIND:
        raise from_faults(
            [schema_fault("/data/type", f"expected {KIND}, got {ascii(kind)[:60]}")], status=409
        )
    if known is not None and identifier != known.series.id:
        detail = f"expected the id of the URL, {known.series.id}, got {identifier}"
        raise from_faults([schema_fault("/data/id", detail)], status=409)
    assert template is not None  # noqa: S101 - without it there are faults
    name = identifier or asking.new_id()
    # The template's id means nothing; it must be the same whenever the same is asked.
    return Series(id=name, rule=rule, template=template.model_copy(update={"id": name}))


def _check_names(attributes: dict[str, Any], faults: list[Fault]) -> None:
    for name in [name for name in attributes if name not in {"rule", "event"}][:10]:
        place = name.replace("~", "~0").replace("/", "~1")
        faults.append(
            schema_fault(
                f"/data/attributes/{place}",
                f"expected only the attributes rule and event, got {ascii(name)[:60]}",
            )
        )


def _rule(attributes: dict[str, Any], known: SeriesRecord | None, faults: list[Fault]) -> str:
    value = attributes.get("rule", known.series.rule if known else None)
    if isinstance(value, str) and 0 < len(value) <= LONGEST_RULE:
        return value
    where = "/data/attributes/rule" if "rule" in attributes else "/data/attributes"
    got = kind_of(value) if not isinstance(value, str) else f"one of {len(value)} characters"
    faults.append(
        schema_fault(
            where,
            "expected rule, a recurrence rule of RFC 5545 such as FREQ=DAILY;COUNT=10, of at most "
            f"{LONGEST_RULE} characters, got {got}",
        )
    )
    return ""


def _template(
    body: object,
    attributes: dict[str, Any],
    instrument: Instrument,
    asking: Asking,
    known: SeriesRecord | None,
    faults: list[Fault],
) -> tuple[Event | None, int]:
    """The first event, and the status of what is wrong with it."""
    if "event" not in attributes and known is not None:
        return known.series.template, 400
    if "event" not in attributes:
        faults.append(schema_fault("/data/attributes", "expected the member event, got none"))
        return None, 400
    cap = asking.caller.priority_cap
    asked = judge(
        {"data": attributes["event"]}, instrument, cap=cap, priority=cap, new_id=asking.new_id
    )
    faults += [
        fault.model_copy(
            update={"pointer": climb(body, TEMPLATE + (fault.pointer or "").removeprefix("/data"))}
        )
        for fault in asked.faults
    ]
    return asked.event, asked.status


def series_resource(instrument: Instrument, record: SeriesRecord) -> Json:
    """A series as a resource."""
    series = record.series
    link = f"{_link(instrument)}/{series.id}"
    found = resource(
        KIND,
        str(series.id),
        {
            "rule": series.rule,
            "event": {
                "type": series.template.type,
                "attributes": attributes_of(series.template, None),
            },
            "owner": record.caller.subject,
            "owner_name": record.caller.username,
            "asked_until": None if record.horizon is None else record.horizon.isoformat(),
            "created_at": format_instant(record.created_at),
            "ended_at": None if record.ended_at is None else format_instant(record.ended_at),
        },
        link=link,
    )
    events = f"{events_link(instrument)}?filter[series]={series.id}"
    found["relationships"] = {"events": {"links": {"related": events}}}
    return found


def _document(instrument: Instrument, record: SeriesRecord, meta: Json | None = None) -> Json:
    link = f"{_link(instrument)}/{record.series.id}"
    return document(series_resource(instrument, record), link=link, meta=meta)


def _answer(
    instrument: Instrument, record: SeriesRecord, status: str, *, status_code: int = 200
) -> Response:
    headers = {}
    if status_code == 201:
        headers["Location"] = f"{_link(instrument)}/{record.series.id}"
    return Response(
        orjson.dumps(_document(instrument, record, {"status": status})),
        status_code=status_code,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _begun(outcome: Outcome, body: object) -> SeriesRecord:
    if outcome.status is not Status.REPEATED or outcome.series is None:
        raise rejected(outcome, body)
    return outcome.series


def _link(instrument: Instrument) -> str:
    return f"{instrument_link(instrument)}/series"


def _known_id(series_id: str) -> UUID:
    identifier = parse_event_id(series_id)
    if identifier is None:
        raise _unknown(series_id)
    return identifier


def _unknown(series_id: str) -> Exception:
    return refusal(
        Reason.UNKNOWN_EVENT, f"no series of this instrument has the id {ascii(series_id)[:80]}"
    )
