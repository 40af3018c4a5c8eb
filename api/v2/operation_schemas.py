"""JSON Schemas of version 2's atomic operations."""

from __future__ import annotations

from api.operations import reference
from api.v2.atomic import MEMBER, MOST_OPERATIONS
from api.v2.event_schemas import changes_meta
from api.v2.schema_parts import Json, object_of, several

_TEXT: Json = {"type": "string"}


def operation_schemas() -> Json:
    """The document of operations, and that of their results."""
    ref = object_of(
        {"type": _TEXT, "id": _TEXT, "relationship": _TEXT},
        "The event to remove; or the instrument to whose relationship `events` one is added.",
        required=("type", "id"),
    )
    place: Json = {"href": _TEXT | {"description": "The path of the place."}, "ref": ref}
    one_place = [{"required": ["href"]}, {"required": ["ref"]}]
    data = reference("schemas", "EventRequestV2/properties/data")
    add = object_of(
        {"op": {"type": "string", "const": "add"}, **place, "data": data},
        "Ask for an event.",
        required=("op", "data"),
        oneOf=one_place,
    )
    remove = object_of(
        {"op": {"type": "string", "const": "remove"}, **place},
        "Take an event back.",
        required=("op",),
        oneOf=one_place,
    )
    operations = several({"oneOf": [add, remove]}) | {
        "minItems": 1,
        "maxItems": MOST_OPERATIONS,
    }
    result = object_of(
        {
            "data": reference("schemas", "EventV2"),
            "meta": object_of(
                {"status": {"type": "string", "enum": ["added", "waiting", "removed"]}},
                "What became of it.",
            ),
        },
        "Of one operation.",
        required=("meta",),
    )
    jsonapi = object_of(
        {"version": {"type": "string", "const": "1.1"}, "ext": several(_TEXT)}, "The extension."
    )
    return {
        "Operations": object_of({MEMBER: operations}, "Changes that are made all or none."),
        "OperationResults": object_of(
            {
                "jsonapi": jsonapi,
                "atomic:results": several(result),
                "meta": changes_meta(["done"]),
            },
            "What became of each operation, in order.",
        ),
    }
