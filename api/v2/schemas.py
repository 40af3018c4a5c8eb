"""JSON Schemas of version 2's documents, for the OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.operations import reference
from api.v2.event_schemas import event_schemas
from api.v2.maintenance_schemas import maintenance_schemas
from api.v2.night_schemas import night_schemas
from api.v2.operation_schemas import operation_schemas
from api.v2.series_schemas import series_schemas
from models.command import CommandKind
from models.instrument import Instrument
from models.outcome import Status

Json = dict[str, Any]

_UUID = {"type": "string", "format": "uuid"}
_INSTANT = {"type": "string", "format": "date-time"}
_NO_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_IDS = {"type": "array", "items": _UUID}


def schemas(instruments: Iterable[Instrument]) -> Json:
    """Every schema of version 2."""
    return (
        _command_schemas()
        | event_schemas(instruments)
        | night_schemas()
        | maintenance_schemas()
        | operation_schemas()
        | series_schemas()
    )


def _command_schemas() -> Json:
    attributes = {
        "action": {"type": "string", "enum": [kind.value for kind in CommandKind]},
        "status": {
            "type": "string",
            "enum": ["pending", *(status.value for status in Status), "expired"],
        },
        "instrument": _UUID,
        "event": _UUID | {"description": "Which event it is about."},
        "issued_at": _INSTANT,
        "expires_at": _INSTANT | {"description": "From then on it is not carried out."},
        "decided_at": _NO_INSTANT,
        "night": {"type": ["string", "null"], "format": "date"},
        "revision": {
            "type": ["integer", "null"],
            "description": "Of the night's plan, after it.",
        },
        "displaced": _IDS | {"description": "Events that lost their place by it."},
        "scheduled": _IDS | {"description": "Other events that found a place by it."},
        "errors": {
            "type": "array",
            "description": "Why it was rejected: error objects as in an error document.",
            "items": {"type": "object"},
        },
    }
    command = {
        "type": "object",
        "description": "A request that asked for a change, and what became of it.",
        "properties": {
            "type": {"type": "string", "const": "command"},
            "id": _UUID,
            "attributes": {
                "type": "object",
                "properties": attributes,
                "required": list(attributes),
            },
            "links": {"type": "object"},
        },
        "required": ["type", "id", "attributes", "links"],
    }
    document = {
        "type": "object",
        "description": "One command.",
        "properties": {
            "jsonapi": {"type": "object"},
            "links": {"type": "object"},
            "data": reference("schemas", "Command"),
        },
        "required": ["jsonapi", "links", "data"],
    }
    return {"Command": command, "CommandDocument": document}
