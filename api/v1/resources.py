"""Version 1's resources: instruments, events and fillers as JSON:API objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from api.document import Json, resource
from api.quality import solver_facts
from models.event import Event, Record
from models.instant import format_instant
from models.instrument import Instrument
from models.schedule import Block, Schedule


def instrument_link(instrument: Instrument) -> str:
    """The URL below which everything of an instrument is."""
    return f"/v1/instrument/{instrument.id}"


def event_link(instrument: Instrument, event: object) -> str:
    """The URL of one event."""
    return f"{instrument_link(instrument)}/event/{event}"


def instrument_resource(instrument: Instrument) -> Json:
    """An instrument: where it stands, what it runs, what fills its gaps."""
    filler = instrument.filler
    return resource(
        "instrument",
        str(instrument.id),
        {
            "name": instrument.name,
            "title": instrument.title,
            "kind": instrument.kind,
            "site": {
                "name": instrument.site.name,
                "latitude": instrument.site.latitude,
                "longitude": instrument.site.longitude,
            },
            "solar_depression": instrument.depression,
            "objective": instrument.policy.objective.value,
            "event_types": [
                {"type": event_type.name, "summary": event_type.summary}
                for event_type in instrument.event_types.values()
            ],
            "filler": None
            if filler is None
            else {"type": filler.type, "duration": filler.duration.total_seconds()},
        },
    ) | {
        "links": {
            "schedule": f"{instrument_link(instrument)}/schedule",
            "events": f"{instrument_link(instrument)}/event",
        }
    }


def requested_resource(instrument: Instrument, event: Event) -> Json:
    """An event as it was asked for."""
    window = event.windows[0]
    return resource(
        event.type,
        str(event.id),
        _attributes(window.start, window.end, event.attributes),
        link=event_link(instrument, event.id),
    )


def record_resource(instrument: Instrument, record: Record, *, history: bool = False) -> Json:
    """A stored event, with its state; on request with everything that became of it."""
    meta: dict[str, Any] = {"state": record.state.value, "night": record.night.isoformat()}
    if history:
        meta["history"] = [
            {"state": step.state.value, "time": format_instant(step.at), "cause": step.cause}
            for step in record.history
        ]
    return requested_resource(instrument, record.event) | {"meta": meta}


def block_resource(instrument: Instrument, block: Block) -> Json:
    """A block of a schedule; a filler says that it is one."""
    return resource(
        block.type,
        str(block.id),
        _attributes(block.start, block.end, block.attributes),
        meta={"filler": block.filler},
        link=None if block.filler else event_link(instrument, block.id),
    )


def schedule_meta(instrument: Instrument, schedule: Schedule) -> Json:
    """What is said of a night as a whole; durations in seconds."""
    dark = schedule.dusk is not None and schedule.dawn is not None
    return {
        "instrument": str(instrument.id),
        "night": schedule.night.isoformat(),
        "dark": dark,
        "dusk": format_instant(schedule.dusk) if schedule.dusk else None,
        "dawn": format_instant(schedule.dawn) if schedule.dawn else None,
        "revision": schedule.revision,
        "requested_seconds": _seconds(schedule.requested),
        "filled_seconds": _seconds(schedule.filled),
        "idle_seconds": _seconds(schedule.idle),
        "solver": solver_facts(schedule.quality),
    }


def _attributes(start: datetime, end: datetime, own: Mapping[str, Any]) -> Json:
    return {"start_time": format_instant(start), "end_time": format_instant(end), **own}


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()
