"""Parts of which version 2's JSON Schemas are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

UUID: Json = {"type": "string", "format": "uuid"}
DATE: Json = {"type": "string", "format": "date"}
INSTANT: Json = {"type": "string", "format": "date-time"}
IDS: Json = {"type": "array", "items": UUID}
SECONDS: Json = {"type": "number", "minimum": 0}
JSONAPI: Json = {
    "type": "object",
    "properties": {"version": {"type": "string", "const": "1.1"}},
    "required": ["version"],
}
LINKS: Json = {"type": "object", "additionalProperties": {"type": "string"}}


def optional(schema: Json) -> Json:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def object_of(
    properties: Json, description: str, *, required: Iterable[str] | None = None, **more: Any
) -> Json:
    """An object; by default all of its members are required."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties if required is None else required),
        **more,
    }


def resource_of(kind: Json, attributes: Json, description: str, **more: Json) -> Json:
    """A resource object; ``more`` are members beside the usual ones."""
    properties = {
        "type": kind,
        "id": {"type": "string"},
        "attributes": attributes,
        "links": LINKS,
        **more,
    }
    return object_of(properties, description, required=("type", "id"))


def document_of(data: Json, description: str, meta: Json | None = None) -> Json:
    """A document with primary data, and with ``meta`` where it always has one."""
    properties: Json = {"jsonapi": JSONAPI, "links": LINKS, "data": data}
    if meta is not None:
        properties["meta"] = meta
    return object_of(properties, description)


def several(items: Json) -> Json:
    """A list of the schema."""
    return {"type": "array", "items": items}
