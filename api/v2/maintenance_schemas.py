"""JSON Schemas of version 2's maintenance."""

from __future__ import annotations

from api.operations import reference
from api.v2.event_schemas import changes_meta
from api.v2.maintenance import KIND, LONGEST_NOTE
from api.v2.schema_parts import (
    INSTANT,
    JSONAPI,
    UUID,
    Json,
    document_of,
    object_of,
    optional,
    resource_of,
    several,
)


def maintenance_schemas() -> Json:
    """Requests and documents of maintenance."""
    kind = {"type": "string", "const": KIND}
    asked: Json = {
        "start_time": INSTANT,
        "end_time": INSTANT,
        "note": {"type": "string", "maxLength": LONGEST_NOTE, "description": "What for."},
    }
    attributes = object_of(
        asked, "When, and what for.", required=("start_time", "end_time"),
        additionalProperties=False,
    )  # fmt: skip
    request = object_of(
        {
            "type": kind,
            "id": UUID | {"description": "UUID version 4; where absent, one is made."},
            "attributes": attributes,
        },
        "When the instrument is to be closed.",
        required=("type", "attributes"),
    )
    stored = object_of(
        {
            **asked,
            "owner": {"type": "string"},
            "owner_name": {"type": "string"},
            "created_at": INSTANT,
            "ended_at": optional(INSTANT) | {"description": "When it was taken back."},
        },
        "When, what for, and by whom.",
    )
    found = reference("schemas", "Maintenance")
    return {
        "MaintenanceRequest": object_of({"data": request}, "A request to close an instrument."),
        "Maintenance": resource_of(kind, stored, "A span in which nothing is scheduled."),
        "MaintenanceDocument": document_of(found, "One maintenance."),
        "MaintenanceList": document_of(several(found), "Maintenance by start."),
        "Closed": document_of(found, "The instrument is closed then.", changes_meta(["closed"])),
        "Opened": object_of(
            {"jsonapi": JSONAPI, "meta": changes_meta(["opened"])}, "It was taken back."
        ),
    }
