"""Version 2's resources: instruments and events as JSON:API objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from api.document import Json, resource
from api.problems import error_objects
from api.v2.refusals import placed
from instruments.schemas import schema_of
from models.errors import Fault
from models.event import Event, Record, State
from models.identity import Caller
from models.instant import format_instant
from models.instrument import Instrument
from models.outcome import PartOutcome, Status

COLLECTION = "/v2/instruments"


def instrument_link(instrument: Instrument) -> str:
    """The URL below which everything of an instrument is."""
    return f"{COLLECTION}/{instrument.id}"


def events_link(instrument: Instrument) -> str:
    """The URL of an instrument's events."""
    return f"{instrument_link(instrument)}/events"


def event_link(instrument: Instrument, event: object) -> str:
    """The URL of one event."""
    return f"{events_link(instrument)}/{event}"


def instrument_resource(instrument: Instrument) -> Json:
    """An instrument: where it stands, what it runs, how it is shared."""
    filler, policy = instrument.filler, instrument.policy
    link = instrument_link(instrument)
    most = policy.most_per_caller
    found = resource(
        "instruments",
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
            "scheduling_group": instrument.group.name,
            "warm_up_seconds": instrument.warm_up.total_seconds(),
            "event_types": [
                {
                    "type": event_type.name,
                    "summary": event_type.summary,
                    # Members of JSON:API documents do not begin with a dollar.
                    "schema": {
                        name: value
                        for name, value in schema_of(event_type).items()
                        if not name.startswith("$")
                    },
                }
                for event_type in instrument.event_types.values()
            ],
            "filler": None
            if filler is None
            else {"type": filler.type, "duration": filler.duration.total_seconds()},
            "policy": {
                "objective": policy.objective.value,
                "look_ahead_seconds": policy.look_ahead.total_seconds(),
                "cut_off": policy.cut_off and f"{policy.cut_off.isoformat('seconds')}Z",
                "after_cut_off": policy.after_cut_off.value,
                "most_seconds_per_caller": most and most.total_seconds(),
            },
        },
        link=link,
    )
    found["relationships"] = {
        name: {"links": {"related": f"{link}/{name}"}}
        for name in ("nights", "events", "maintenance", "series")
    }
    found["links"]["stream"] = f"{link}/stream"
    return found


def attributes_of(event: Event, start: datetime | None) -> Json:
    """The attributes of a request as version 2 has them.

    Parameters
    ----------
    event
        The request.
    start
        When it runs, if it has a place; of a fixed event that is no news.
    """
    if event.fixed:
        window = event.windows[0]
        times: Json = {
            "start_time": format_instant(window.start),
            "end_time": format_instant(window.end),
        }
    else:
        placed: Json = {}
        if start is not None:
            placed = {
                "start_time": format_instant(start),
                "end_time": format_instant(start + event.duration),
            }
        times = {
            **placed,
            "duration": event.duration_ms / 1000,
            "windows": [
                {
                    "start_time": format_instant(window.start),
                    "end_time": format_instant(window.end),
                    "preference": window.preference,
                }
                for window in event.windows
            ],
        }
    rules: Json = {"priority": event.priority, "on_conflict": event.on_conflict.value}
    if event.after is not None:
        most = event.after.max_gap_ms
        rules["after"] = {
            "event": str(event.after.event),
            "min_gap": event.after.min_gap_ms / 1000,
            **({} if most is None else {"max_gap": most / 1000}),
        }
    if event.together_with is not None:
        rules["together_with"] = str(event.together_with)
    return {**times, **event.attributes, **rules}


def record_resource(instrument: Instrument, record: Record, *, history: bool = False) -> Json:
    """A stored event; on request with everything that became of it."""
    # A fixed event keeps its times when it loses its place; a flexible one has none then.
    start = record.start if record.state in {State.SCHEDULED, State.DONE, State.FAILED} else None
    meta: Json = {}
    if history:
        meta["history"] = [
            {
                "state": step.state.value,
                "time": format_instant(step.at),
                "cause": step.cause,
                "by": step.by,
            }
            for step in record.history
        ]
    return _event_resource(
        instrument,
        record.event,
        start,
        state=record.state,
        night=record.night,
        owner=(record.owner, record.owner_name),
        created_at=record.created_at,
        meta=meta,
    )


def decided_resource(
    instrument: Instrument,
    caller: Caller,
    event: Event,
    outcome: PartOutcome,
    record: Record | None = None,
) -> Json:
    """An event as a command has left it.

    Parameters
    ----------
    instrument
        Which.
    caller
        Whose command it was.
    event
        What was asked for.
    outcome
        What became of that: it is scheduled, waits, or was rejected.
    record
        The event as it was before it was changed.
    """
    if outcome.status is Status.REJECTED:
        state = State.REJECTED
    else:
        state = State.WAITING if outcome.start is None else State.SCHEDULED
    why = state is not State.SCHEDULED and outcome.faults
    return _event_resource(
        instrument,
        outcome.event or event,
        outcome.start,
        state=state,
        night=outcome.night,
        owner=(caller.subject, caller.username)
        if record is None
        else (record.owner, record.owner_name),
        created_at=outcome.decided_at if record is None else record.created_at,
        meta={"reasons": reasons(outcome.faults)} if why else {},
    )


def _event_resource(
    instrument: Instrument,
    event: Event,
    start: datetime | None,
    *,
    state: State,
    night: date | None,
    owner: tuple[str, str],
    created_at: datetime,
    meta: Mapping[str, Any],
) -> Json:
    facts: Json = {
        "state": state.value,
        "night": night and night.isoformat(),
        "owner": owner[0],
        "owner_name": owner[1],
        "created_at": format_instant(created_at),
    }
    if event.series is not None:
        facts["series"] = str(event.series)
    return resource(
        event.type,
        str(event.id),
        {**attributes_of(event, start), **facts},
        meta=meta,
        link=event_link(instrument, event.id),
    )


def reasons(faults: Sequence[Fault], document: object = None) -> list[Json]:
    """Why something is not scheduled: error objects without what belongs to one occurrence.

    Their pointers are into the request's document, if there was one.
    """
    return [
        {name: value for name, value in error.items() if name not in {"id", "status"}}
        for error in error_objects([placed(fault, document) for fault in faults])
    ]


def changes_meta(outcome: PartOutcome) -> Json:
    """What else changed: the night, its revision, and the other events concerned."""
    return {
        "night": outcome.night and outcome.night.isoformat(),
        "revision": outcome.revision,
        "displaced": [str(event) for event in outcome.displaced],
        "scheduled": [str(event) for event in outcome.scheduled],
        "moved": [str(event) for event in outcome.moved],
    }
