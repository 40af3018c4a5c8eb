"""JSON Schemas of version 1's documents, for the OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.operations import reference
from models.errors import Reason
from models.instrument import EventType, Instrument

Json = dict[str, Any]

_UUID4 = {"type": "string", "format": "uuid"}
_CHOSEN = _UUID4 | {
    "pattern": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-"
    "[0-9A-Fa-f]{12}$"
}
_INSTANT = {"type": "string", "format": "date-time"}
_JSONAPI = {
    "type": "object",
    "properties": {"version": {"type": "string", "const": "1.1"}},
    "required": ["version"],
}


def event_schemas(instruments: Iterable[Instrument]) -> Json:
    """Attributes and resource objects of every event type of every kind of instrument."""
    found: Json = {}
    requests, resources = [], []
    for instrument in instruments:
        for event_type in instrument.event_types.values():
            name = schema_name(instrument, event_type)
            if f"{name}Attributes" in found:
                continue
            attributes = event_type.model.model_json_schema()
            attributes.pop("$defs", None)
            found[f"{name}Attributes"] = attributes
            found[f"{name}Request"] = _resource(name, event_type, with_meta=False)
            found[name] = _resource(name, event_type, with_meta=True)
            requests.append(reference("schemas", f"{name}Request"))
            resources.append(reference("schemas", name))
    found["EventRequest"] = _object(
        {"data": {"oneOf": requests}}, ["data"], "A request for instrument time."
    )
    found["Event"] = {"oneOf": resources, "description": "An event or a filler."}
    return found


def schema_name(instrument: Instrument, event_type: EventType) -> str:
    """The component name of an event type, such as ``FaimStatic``."""
    return f"{instrument.kind}_{event_type.name}".replace("-", "_").title().replace("_", "")


def _resource(name: str, event_type: EventType, *, with_meta: bool) -> Json:
    properties: Json = {
        "type": {"type": "string", "const": event_type.name},
        "id": _UUID4 if with_meta else _CHOSEN | {"description": "Where absent, one is made."},
        "attributes": reference("schemas", f"{name}Attributes"),
    }
    required = ["type", "attributes"]
    if with_meta:
        properties["links"] = {"type": "object"}
        properties["meta"] = {"type": "object"}
        required.append("id")
    return _object(properties, required, event_type.summary)


def _object(properties: Json, required: list[str], description: str) -> Json:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
    }


def _document(data: Json, description: str, meta: Json | None = None) -> Json:
    properties: Json = {"jsonapi": _JSONAPI, "links": {"type": "object"}, "data": data}
    required = ["jsonapi", "links", "data"]
    if meta is not None:
        properties["meta"] = meta
        required.append("meta")
    return _object(properties, required, description)


def generic_schemas() -> Json:
    """Documents that are the same for every instrument."""
    event = reference("schemas", "Event")
    return {
        "Instrument": _instrument(),
        "Instruments": _document(
            {"type": "array", "items": reference("schemas", "Instrument")}, "All instruments."
        ),
        "EventDocument": _document(
            event, "One event; ``meta.state`` and ``meta.history`` say what became of it."
        ),
        "Events": _document({"type": "array", "items": event}, "Events by start, no fillers."),
        "Schedule": _document(
            {"type": "array", "items": event},
            "What the instrument does from dusk to dawn, in order; fillers carry "
            "``meta.filler: true``.",
            _schedule_meta(),
        ),
        "Added": _document(event, "The event was added.", _done_meta("Added")),
        "Removed": _document(event, "The event was removed.", _done_meta("Removed")),
        "EventIdentifier": _identifier(),
        "Errors": _errors(),
    }


def _instrument() -> Json:
    site = _object(
        {
            "name": {"type": "string"},
            "latitude": {"type": "number", "minimum": -90, "maximum": 90},
            "longitude": {"type": "number", "minimum": -180, "maximum": 180},
        },
        ["name", "latitude", "longitude"],
        "Where it stands, in degrees, north and east positive.",
    )
    attributes = _object(
        {
            "name": {"type": "string", "description": "Unique; may stand for the id in URLs."},
            "title": {"type": "string"},
            "kind": {
                "type": "string",
                "description": "Those of a kind take the same events.",
            },
            "site": site,
            "solar_depression": {
                "type": "number",
                "description": "Degrees the Sun stands below the horizon at dusk and dawn.",
            },
            "objective": {"type": "string", "enum": ["duration", "priority", "weighted"]},
            "event_types": {"type": "array", "items": {"type": "object"}},
            "filler": {"type": ["object", "null"], "description": "What fills the gaps."},
        },
        ["name", "title", "kind", "site", "solar_depression", "objective", "event_types", "filler"],
        "What there is to know of it.",
    )
    return _object(
        {
            "type": {"type": "string", "const": "instrument"},
            "id": _UUID4,
            "attributes": attributes,
            "links": {"type": "object"},
        },
        ["type", "id", "attributes"],
        "An instrument that can be asked for.",
    )


def _schedule_meta() -> Json:
    seconds = {"type": "number", "minimum": 0}
    return _object(
        {
            "instrument": _UUID4,
            "night": {"type": "string", "format": "date"},
            "dark": {"type": "boolean", "description": "False: a night without darkness."},
            "dusk": {"anyOf": [_INSTANT, {"type": "null"}]},
            "dawn": {"anyOf": [_INSTANT, {"type": "null"}]},
            "revision": {"type": "integer", "minimum": 0},
            "requested_seconds": seconds,
            "filled_seconds": seconds,
            "idle_seconds": seconds,
            "solver": {
                "type": ["object", "null"],
                "description": "How good the plan is: status, value, bound and gap.",
            },
        },
        ["night", "dark", "dusk", "dawn", "revision"],
        "The night as a whole.",
    )


def _done_meta(status: str) -> Json:
    ids = {"type": "array", "items": _UUID4}
    return _object(
        {
            "status": {"type": "string", "const": status},
            "night": {"type": ["string", "null"], "format": "date"},
            "revision": {"type": "integer", "description": "Of the night's plan, after it."},
            "displaced": ids | {"description": "Events that lost their place by it."},
            "scheduled": ids | {"description": "Other events that found a place by it."},
        },
        ["status", "displaced", "scheduled"],
        "What came of it.",
    )


def _identifier() -> Json:
    data = _object({"type": {"type": "string"}, "id": _CHOSEN}, ["type", "id"], "Which event.")
    return _object({"data": data}, ["data"], "Names an event.")


def _errors() -> Json:
    reasons = ", ".join(reason.value for reason in Reason)
    source = {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "description": "JSON Pointer into the request."},
            "parameter": {"type": "string", "description": "Name of a query parameter."},
            "header": {"type": "string", "description": "Name of a request header."},
        },
    }
    error = _object(
        {
            "id": _UUID4,
            "status": {"type": "string"},
            "code": {"type": "string", "description": f"For programs, such as: {reasons}."},
            "title": {"type": "string"},
            "detail": {"type": "string", "description": "What was expected, what came."},
            "source": source,
            "meta": {
                "type": "object",
                "description": "Facts, such as ``events``: the ids of those in the way.",
            },
        },
        ["id", "status", "code", "title", "detail"],
        "One thing that is wrong.",
    )
    return _object(
        {
            "jsonapi": _JSONAPI,
            "errors": {"type": "array", "items": error, "minItems": 1},
            "meta": {"type": "object"},
        },
        ["jsonapi", "errors"],
        "Everything that is wrong.",
    )
