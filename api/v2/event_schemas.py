"""JSON Schemas of version 2's events and of questions about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api.operations import reference
from api.v1.schemas import schema_name
from api.v2.schema_parts import (
    DATE,
    IDS,
    INSTANT,
    JSONAPI,
    SECONDS,
    UUID,
    Json,
    document_of,
    object_of,
    optional,
    resource_of,
    several,
)
from api.v2.timing import FLEXIBLE, LEAST_LIKED, LONGEST_SECONDS, MOST_WINDOWS, TIMES
from instruments.schemas import schema_of
from models.event import State
from models.instrument import EventType, Instrument

_DURATION = {
    "type": "number",
    "minimum": 0.001,
    "maximum": LONGEST_SECONDS,
    "description": "How long the event runs, in seconds, with at most three decimals.",
}
_GAP = {"type": "number", "minimum": 0, "maximum": LONGEST_SECONDS}


def event_schemas(instruments: Iterable[Instrument]) -> Json:
    """Requests, changes and resources of every event type of every kind of instrument."""
    found: Json = {"Window": _window(), "After": _after()}
    names = []
    for name, event_type in _types(instruments):
        names.append(name)
        found[f"{name}AttributesV2"] = _asked(event_type)
        found[f"{name}RequestV2"] = _request(name, event_type)
        found[f"{name}ChangeV2"] = _change(event_type)
        found[f"{name}V2"] = _resource(event_type)
    return found | {
        "EventRequestV2": _one_of(names, "RequestV2", "A request for instrument time."),
        "EventChangeV2": _one_of(names, "ChangeV2", "What is asked for otherwise."),
        "EventV2": {
            "oneOf": [reference("schemas", f"{name}V2") for name in names],
            "description": "An event.",
        },
        **_documents(),
    }


def _types(instruments: Iterable[Instrument]) -> Iterator[tuple[str, EventType]]:
    """Every event type once, by the name of its schemas."""
    seen = set()
    for instrument in instruments:
        for event_type in instrument.event_types.values():
            name = schema_name(instrument, event_type)
            if name not in seen:
                seen.add(name)
                yield name, event_type


def _one_of(names: Iterable[str], ending: str, description: str) -> Json:
    data = {"oneOf": [reference("schemas", f"{name}{ending}") for name in names]}
    return object_of({"data": data}, description)


def _window() -> Json:
    properties = {
        "start_time": INSTANT | {"description": "The event starts no sooner."},
        "end_time": INSTANT | {"description": "It ends no later."},
        "preference": {
            "type": "integer",
            "minimum": 0,
            "maximum": LEAST_LIKED,
            "default": 0,
            "description": "0 is liked best.",
        },
    }
    return object_of(
        properties, "A span in which the event may run.", required=TIMES, additionalProperties=False
    )


def _after() -> Json:
    properties = {
        "event": UUID | {"description": "The other event's id."},
        "min_gap": optional(_GAP)
        | {"description": "Least time from its end to this start, in seconds; null: none."},
        "max_gap": optional(_GAP) | {"description": "Greatest time, in seconds; null: any."},
    }
    return object_of(
        properties,
        "Another event of the same night that must have run before.",
        required=("event",),
        additionalProperties=False,
    )


def _ours() -> Json:
    """What events of every type have."""
    return {
        "duration": _DURATION,
        "windows": several(reference("schemas", "Window"))
        | {
            "minItems": 1,
            "maxItems": MOST_WINDOWS,
            "description": "When it may run: all in one night, each at least as long as it.",
        },
        "priority": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 5,
            "description": "5 is the highest; by default the highest that the caller may ask.",
        },
        "on_conflict": {
            "type": ["string", "null"],
            "enum": ["reject", "wait", None],
            "default": "reject",
            "description": "`wait`: where there is no room it is kept, and scheduled as soon as "
            "there is.",
        },
        "after": optional(reference("schemas", "After")),
        "together_with": optional(UUID)
        | {
            "description": "Another event, on another instrument of the same scheduling group, "
            "that starts at the same time or not at all."
        },
    }


def _own(event_type: EventType) -> tuple[Json, list[str]]:
    """The type's attributes with their times, and those of its own that are required."""
    schema = schema_of(event_type)
    return schema["properties"], [name for name in schema["required"] if name not in TIMES]


def _asked(event_type: EventType) -> Json:
    properties, required = _own(event_type)
    return object_of(
        {**properties, **_ours()},
        f"{event_type.summary} Fixed: start_time and end_time. Flexible: duration and windows.",
        required=required,
        additionalProperties=False,
        oneOf=[{"required": list(TIMES)}, {"required": list(FLEXIBLE)}],
    )


def _request(name: str, event_type: EventType) -> Json:
    properties = {
        "type": {"type": "string", "const": event_type.name},
        "id": UUID | {"description": "UUID version 4; where absent, one is made."},
        "attributes": reference("schemas", f"{name}AttributesV2"),
    }
    return object_of(properties, event_type.summary, required=("type", "attributes"))


def _change(event_type: EventType) -> Json:
    own, _ = _own(event_type)
    ours = {**{name: own[name] for name in TIMES}, **_ours()}
    attributes = object_of(
        {**own, **{name: optional(schema) for name, schema in ours.items()}},
        "What differs; null leaves an attribute out.",
        required=(),
        additionalProperties=False,
    )
    properties = {
        "type": {"type": "string", "const": event_type.name},
        "id": UUID,
        "attributes": attributes,
    }
    return object_of(properties, event_type.summary, required=("type", "id"))


def _resource(event_type: EventType) -> Json:
    own, _ = _own(event_type)
    attributes = object_of(
        {
            **own,
            **_ours(),
            "state": {"type": "string", "enum": [state.value for state in State]},
            "night": optional(DATE) | {"description": "The date of the night's dusk."},
            "owner": {"type": "string", "description": "The consumer it belongs to."},
            "owner_name": {"type": "string"},
            "created_at": INSTANT,
            "series": UUID | {"description": "The series that it is an occurrence of."},
        },
        "As it was asked for, and how it stands; `fields[…]` may leave any out. A flexible event "
        "has start_time and end_time while it is scheduled.",
        required=(),
    )
    step = object_of(
        {
            "state": {"type": "string"},
            "time": INSTANT,
            "cause": {"type": "string"},
            "by": {"type": "string", "description": "The consumer whose command made it so."},
        },
        "One step.",
    )
    meta = object_of(
        {
            "history": several(step) | {"description": "Every state, oldest first."},
            "reasons": _reasons(),
        },
        "What became of it, and why it is not scheduled.",
        required=(),
    )
    kind = {"type": "string", "const": event_type.name}
    return resource_of(kind, attributes, event_type.summary, meta=meta)


def _reasons() -> Json:
    return {
        "type": "array",
        "items": {"type": "object"},
        "description": "Error objects: code, title, detail, and the events concerned in meta.",
    }


def changes_meta(statuses: Iterable[str]) -> Json:
    """What came of a change: ``meta`` of its answer."""
    return object_of(
        {
            "status": {"type": "string", "enum": list(statuses)},
            "night": optional(DATE),
            "revision": {"type": "integer", "description": "Of the night's plan, after it."},
            "displaced": IDS | {"description": "Events that lost their place by it."},
            "scheduled": IDS | {"description": "Other events that found a place by it."},
            "moved": IDS | {"description": "Other events that got another start by it."},
        },
        "What came of it.",
    )


def _documents() -> Json:
    event = reference("schemas", "EventV2")
    facts = {
        "reason": optional({"type": "string"}) | {"description": "The first reason's code."},
        "detail": {"type": "string", "description": "In words."},
        "events": IDS | {"description": "The events that are the reason."},
        "reasons": _reasons(),
    }
    alternative = object_of(
        {
            "kind": {"type": "string", "enum": ["start", "duration", "priority"]},
            "detail": {"type": "string"},
            "attributes": {
                "type": "object",
                "description": "What to ask for instead; null leaves an attribute out.",
            },
            "displaces": IDS,
        },
        "What would be accepted; it was tried.",
    )
    alternatives = several(alternative) | {"description": "What else would make it fit."}
    feasibility = object_of(
        {
            "accepted": {"type": "boolean", "description": "Submitted now, it is scheduled."},
            "waits": {"type": "boolean", "description": "Submitted now, it is kept and waits."},
            "start_time": optional(INSTANT),
            "end_time": optional(INSTANT),
            "night": optional(DATE),
            "displaces": IDS | {"description": "Events that would lose their place."},
            "moves": IDS | {"description": "Events that would get another start."},
            "schedules": IDS | {"description": "Other events that would find a place."},
            "alternatives": alternatives,
            **facts,
        },
        "What would become of the event.",
    )
    explanation = object_of(
        {
            "state": {"type": "string"},
            "start_time": optional(INSTANT),
            "priority": {"type": "integer"},
            "seconds": SECONDS | {"description": "How long it runs."},
            "alternatives": alternatives,
            **facts,
        },
        "Why the event is or is not scheduled.",
    )
    return {
        "EventDocumentV2": document_of(
            event, "One event; ``meta.history`` says what became of it."
        ),
        "EventsV2": document_of(several(event), "A page of events."),
        "AddedV2": document_of(
            event, "It is scheduled, or waits.", changes_meta(["added", "waiting"])
        ),
        "ChangedV2": document_of(
            event, "It is what was asked, or waits to be.", changes_meta(["changed", "waiting"])
        ),
        "RemovedV2": object_of(
            {"jsonapi": JSONAPI, "meta": changes_meta(["removed"])}, "The event was taken back."
        ),
        "FeasibilityDocument": document_of(
            resource_of({"type": "string", "const": "feasibility"}, feasibility, "An answer."),
            "What would become of an event.",
        ),
        "ExplanationDocument": document_of(
            resource_of({"type": "string", "const": "explanation"}, explanation, "An answer."),
            "Why an event is as it is.",
        ),
    }
