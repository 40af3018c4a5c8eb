"""JSON Schemas of version 2's instruments, nights, schedules and downloads."""

from __future__ import annotations

from api.operations import reference
from api.v2.schema_parts import (
    DATE,
    INSTANT,
    SECONDS,
    Json,
    document_of,
    object_of,
    optional,
    resource_of,
    several,
)
from models.instrument import AfterCutOff
from models.schedule import Objective

_COUNT: Json = {"type": "integer", "minimum": 0}
_TEXT: Json = {"type": "string"}


def night_schemas() -> Json:
    """Documents of instruments and nights."""
    instrument, night = reference("schemas", "InstrumentV2"), reference("schemas", "Night")
    downloads = several(reference("schemas", "Download"))
    return {
        "InstrumentV2": _instrument(),
        "InstrumentDocumentV2": document_of(instrument, "One instrument."),
        "InstrumentsV2": document_of(several(instrument), "All instruments."),
        "Night": _night(),
        "NightDocument": document_of(night, "One night."),
        "Nights": document_of(several(night), "Nights by date."),
        "ScheduleV2": document_of(
            several(_block()),
            "What the instrument does from dusk to dawn, in order; fillers carry "
            "``meta.filler: true``.",
            _schedule_meta(),
        ),
        "Download": _download(),
        "Downloads": document_of(downloads, "Who got which plan of a night, oldest first."),
    }


def _instrument() -> Json:
    event_type = object_of(
        {
            "type": _TEXT,
            "summary": _TEXT,
            "schema": {
                "type": "object",
                "description": "JSON Schema (2020-12) of a fixed event's attributes.",
            },
        },
        "What it can run.",
    )
    policy = object_of(
        {
            "objective": {"type": "string", "enum": [each.value for each in Objective]},
            "look_ahead_seconds": SECONDS | {"description": "How far ahead one may ask."},
            "cut_off": optional(_TEXT)
            | {"description": "Time of day, UTC, at which the controller gets the plan."},
            "after_cut_off": {
                "type": "string",
                "enum": [each.value for each in AfterCutOff],
                "description": "Whether commands about a night after its cut-off make a new "
                "revision or are refused.",
            },
            "most_seconds_per_caller": optional(SECONDS)
            | {"description": "Most time of one caller in one night; null: no limit."},
        },
        "How it is shared.",
    )
    attributes = object_of(
        {
            "name": _TEXT | {"description": "Unique; may stand for the id in URLs."},
            "title": _TEXT,
            "kind": _TEXT,
            "site": object_of(
                {
                    "name": _TEXT,
                    "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                    "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                },
                "Where it stands, in degrees, north and east positive.",
            ),
            "solar_depression": {"type": "number"},
            "scheduling_group": _TEXT | {"description": "`together_with` works within it."},
            "warm_up_seconds": SECONDS,
            "event_types": several(event_type),
            "filler": {"type": ["object", "null"], "description": "What fills the gaps."},
            "policy": policy,
        },
        "What there is to know of it; `fields[instruments]` may leave any out.",
        required=(),
    )
    kind = {"type": "string", "const": "instruments"}
    return resource_of(
        kind,
        attributes,
        "An instrument that can be asked for.",
        relationships={"type": "object", "description": "Where its nights and so on are."},
    )


def _quality() -> Json:
    return {
        "solver": {
            "type": ["object", "null"],
            "description": "How good the plan is: status, objective, value, bound and gap.",
        },
        "requested_seconds": SECONDS | {"description": "The time that events take."},
        "filled_seconds": SECONDS | {"description": "The time that fillers take."},
        "idle_seconds": SECONDS | {"description": "The time in which nothing runs."},
    }


def _dark() -> Json:
    return {
        "night": DATE | {"description": "The date of its dusk."},
        "dark": {"type": "boolean", "description": "False: a night without darkness."},
        "dusk": optional(INSTANT),
        "dawn": optional(INSTANT),
    }


def _night() -> Json:
    attributes = object_of(
        {
            **_dark(),
            "cut_off": optional(INSTANT) | {"description": "When the controller gets the plan."},
            "revision": _COUNT | {"description": "0: never planned."},
            "planned_at": optional(INSTANT),
            **_quality(),
            "events": _COUNT | {"description": "Requested events that have a place."},
            "waiting": _COUNT | {"description": "Events that wait for one."},
            "moved": _COUNT | {"description": "Events that the last revision moved."},
            "displaced": _COUNT | {"description": "Events that the last revision displaced."},
        },
        "When it is dark, and how good its plan is; `fields[nights]` may leave any out.",
        required=(),
    )
    return resource_of({"type": "string", "const": "nights"}, attributes, "A night.")


def _block() -> Json:
    attributes = object_of(
        {"start_time": INSTANT, "end_time": INSTANT}, "When, and the type's own attributes."
    )
    meta = object_of({"filler": {"type": "boolean"}}, "Whether nobody asked for it.")
    return resource_of(_TEXT, attributes, "An event or a filler.", meta=meta)


def _schedule_meta() -> Json:
    return object_of(
        {
            "instrument": {"type": "string", "format": "uuid"},
            **_dark(),
            "revision": _COUNT,
            "planned_at": optional(INSTANT),
            **_quality(),
        },
        "The night as a whole.",
    )


def _download() -> Json:
    attributes = object_of(
        {
            "time": INSTANT,
            "revision": _COUNT,
            "format": {"type": "string", "enum": ["json", "txt", "csv", "ics"]},
            "subject": _TEXT | {"description": "The consumer's id."},
            "username": _TEXT,
        },
        "What was got, and by whom.",
    )
    return resource_of({"type": "string", "const": "downloads"}, attributes, "Somebody got a plan.")
