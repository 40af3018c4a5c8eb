"""The route of version 2's atomic operations: many changes of one instrument, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.document import JSONAPI, MEDIA_TYPE, Json
from api.middleware import ATOMIC
from api.problems import from_faults
from api.requests import read_query
from api.v2.atomic import (
    Operation,
    check,
    find_place,
    placed_in,
    read_operations,
    read_parts,
)
from api.v2.refusals import from_rejection
from api.v2.resources import changes_meta, decided_resource
from instruments import discover
from models.command import Part
from models.errors import Fault, Reason
from models.identity import Caller
from models.instrument import Instrument
from models.outcome import Outcome, PartOutcome, Status

ANSWER_TYPE = f'{MEDIA_TYPE}; ext="{ATOMIC}"'


class OperationRoutes:
    """The function behind the URL of operations."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def operate(self, request: Request) -> Response:
        """Make several additions and removals, or none of them."""
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits, ATOMIC)
        operations = read_operations(body)
        instrument = find_place(operations)
        if instrument is None:
            check(operations)
            instrument = await self._find_instrument(operations[0])
        cap = asking.caller.priority_cap
        parts = read_parts(operations, instrument, cap=cap, new_id=asking.numbered_id)
        check(operations)
        first = parts[0]
        outcome = await asking.ask(
            instrument,
            {
                "id": asking.new_id(),
                "kind": first.kind,
                "event": first.event,
                "event_id": first.event_id,
                "event_type": first.event_type,
                "explicit_priority": first.explicit_priority,
                "parts": parts,
            },
        )
        if isinstance(outcome, Response):
            return outcome
        if outcome.status is not Status.DONE:
            raise from_rejection([placed_in(each, operations, body) for each in outcome.faults])
        return _answer(instrument, asking.caller, parts, outcome)

    async def _find_instrument(self, operation: Operation) -> Instrument:
        """The instrument of the event that is to be removed, where no operation names one."""
        event = operation.event
        assert event is not None  # noqa: S101 - an addition names an instrument
        for instrument in discover():
            if await self._services.reader.read_event(instrument.id, event) is not None:
                return instrument
        fault = Fault(
            reason=Reason.UNKNOWN_EVENT,
            detail=f"no event has this id: {event}",
            pointer=f"{operation.place}/id",
        )
        raise from_faults([fault])


def add_operation_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URL of operations."""
    routes = OperationRoutes(services)
    router.add_api_route("/operations", routes.operate, methods=["POST"], **described)


def _answer(
    instrument: Instrument, caller: Caller, parts: Sequence[Part], outcome: Outcome
) -> Response:
    results = [
        _result(instrument, caller, part, each)
        for part, each in zip(parts, outcome.parts, strict=True)
    ]
    answer: dict[str, Any] = {
        "jsonapi": {**JSONAPI, "ext": [ATOMIC]},
        "atomic:results": results,
        "meta": {"status": outcome.status.value, **changes_meta(outcome)},
    }
    return Response(orjson.dumps(answer), media_type=ANSWER_TYPE)


def _result(instrument: Instrument, caller: Caller, part: Part, outcome: PartOutcome) -> Json:
    meta = {"status": outcome.status.value}
    if part.event is None:
        return {"meta": meta}
    return {"data": decided_resource(instrument, caller, part.event, outcome), "meta": meta}
