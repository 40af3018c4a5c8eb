"""The routes of version 2's questions: what would become of an event, and why it is as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Asking, Services
from api.conditional import respond
from api.document import MEDIA_TYPE, Json, document, resource
from api.requests import find_instrument, read_query
from api.v2.events import find_rejected, known_id, unknown_event
from api.v2.refusals import rejected
from api.v2.resources import event_link, instrument_link, reasons
from api.v2.submission import judge
from models.command import CommandKind
from models.errors import Fault
from models.event import Record, State
from models.instrument import Instrument
from models.outcome import Outcome, Status


class QuestionRoutes:
    """The functions behind the URLs of questions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def read_feasibility(self, request: Request, instrument_id: str) -> Response:
        """What would become of an event if it were submitted now."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request)
        read_query(request, ())
        body = await requests.read_document(request, self._services.limits)
        cap = asking.caller.priority_cap
        new_id = self._services.new_id
        asked = judge(body, instrument, cap=cap, priority=cap, new_id=new_id)
        if asked.event is None:
            raise asked.problem
        outcome = await asking.question(
            instrument,
            {
                "kind": CommandKind.TRY,
                "event": asked.event,
                "explicit_priority": asked.explicit_priority,
            },
        )
        if outcome.status is not Status.ANSWERED:
            raise rejected(outcome, body)
        facts = _told(outcome.answer, body)
        facts["night"] = outcome.night and outcome.night.isoformat()
        found = resource("feasibility", str(outcome.command), facts)
        answer = document(found, link=f"{instrument_link(instrument)}/feasibility")
        return Response(orjson.dumps(answer), media_type=MEDIA_TYPE)

    async def read_explanation(
        self, request: Request, instrument_id: str, event_id: str
    ) -> Response:
        """Why an event is or is not in the schedule."""
        instrument = find_instrument(instrument_id)
        asking = Asking(self._services, request, by_readers=True)
        read_query(request, ())
        identifier = known_id(event_id)
        record = await self._services.reader.read_event(instrument.id, identifier)
        if record is None:
            facts = await self._explain_rejected(instrument, event_id)
        else:
            outcome = await asking.question(
                instrument, {"kind": CommandKind.EXPLAIN, "event_id": identifier}
            )
            if outcome.status is not Status.ANSWERED:
                raise rejected(outcome)
            facts = _explained(outcome, record)
        link = f"{event_link(instrument, identifier)}/explanation"
        found = resource("explanation", str(identifier), facts)
        return respond(request, document(found, link=link))

    async def _explain_rejected(self, instrument: Instrument, event_id: str) -> Json:
        """The reasons with which an event was rejected."""
        stored = await find_rejected(self._services, instrument, known_id(event_id))
        if stored is None or stored.outcome is None or stored.command.event is None:
            raise unknown_event(event_id)
        faults, event = stored.outcome.faults, stored.command.event
        return {
            "state": State.REJECTED.value,
            "start_time": None,
            "priority": event.priority,
            "seconds": event.duration_ms / 1000,
            **_summary(faults, None),
            "alternatives": [],
        }


def add_question_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of questions."""
    routes = QuestionRoutes(services)
    add = router.add_api_route
    base = "/instruments/{instrument_id}"
    add(f"{base}/feasibility", routes.read_feasibility, methods=["POST"], **described["try"])
    add(
        f"{base}/events/{{event_id}}/explanation", routes.read_explanation,
        methods=["GET"], **described["explain"],
    )  # fmt: skip


def _told(answer: Mapping[str, Any], body: object) -> Json:
    """The scheduler's answer with reasons that point into the request's document."""
    faults = [Fault.model_validate(fault) for fault in answer.get("reasons", ())]
    return {**answer, **_summary(faults, body)}


def _summary(faults: Sequence[Fault], body: object) -> Json:
    """The first reason, all of them in words, the events concerned, and all of them."""
    return {
        "reason": faults[0].reason.value if faults else None,
        "detail": "; ".join(fault.detail for fault in faults),
        "events": [event for fault in faults for event in fault.meta.get("events", ())],
        "reasons": reasons(faults, body),
    }


def _explained(outcome: Outcome, record: Record) -> Json:
    """The scheduler's explanation, and what the history says where there is no more to it."""
    event = record.event
    facts: Json = {
        "state": record.state.value,
        "start_time": None,
        "priority": event.priority,
        "seconds": event.duration_ms / 1000,
        **_told(outcome.answer, None),
    }
    facts.setdefault("alternatives", [])
    if not facts["detail"] and record.history:
        facts["detail"] = record.history[-1].cause
    return facts
