"""JSON Schemas of version 2's series, for the OpenAPI description."""

from __future__ import annotations

from typing import Any

from api.operations import reference
from api.v2.schema_parts import (
    DATE,
    INSTANT,
    JSONAPI,
    LINKS,
    UUID,
    document_of,
    object_of,
    optional,
    resource_of,
    several,
)

Json = dict[str, Any]


def series_schemas() -> Json:
    """What is asked and answered about series."""
    rule = {
        "type": "string",
        "minLength": 1,
        "maxLength": 1000,
        "description": "A recurrence rule of RFC 5545, without DTSTART.",
    }
    event = object_of(
        {"type": {"type": "string"}, "attributes": {"type": "object"}},
        "The first event, as it would be asked for alone.",
    )
    kind = {"type": "string", "const": "series"}
    attributes = object_of(
        {
            "rule": rule,
            "event": event,
            "owner": {"type": "string"},
            "owner_name": {"type": "string"},
            "asked_until": optional(DATE) | {"description": "The last night asked for so far."},
            "created_at": INSTANT,
            "ended_at": optional(INSTANT),
        },
        "What recurs, and when.",
    )
    relationships = object_of({"events": object_of({"links": LINKS}, "Its events.")}, "Its events.")
    found = resource_of(kind, attributes, "A request that recurs.", relationships=relationships)
    request = object_of(
        {
            "data": object_of(
                {
                    "type": kind,
                    "id": UUID,
                    "attributes": object_of(
                        {"rule": rule, "event": event}, "What recurs, and when.", required=()
                    ),
                },
                "The series.",
                required=("type",),
            )
        },
        "Asks for a series.",
    )
    one = reference("schemas", "Series")
    return {
        "Series": found,
        "SeriesRequest": request,
        "SeriesDocument": document_of(one, "One series."),
        "SeriesEnded": object_of(
            {
                "jsonapi": JSONAPI,
                "meta": object_of({"status": {"type": "string", "const": "removed"}}, "Done."),
            },
            "The series has ended.",
        ),
        "SeriesList": document_of(several(one), "Series."),
    }
