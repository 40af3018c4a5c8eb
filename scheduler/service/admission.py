"""Admission: the rules that an event or a removal must meet before any solve.

The form of a document is the API's and the instrument's business; what stands
here depends on the night, on the time and on what is stored.
"""

from __future__ import annotations

from datetime import datetime

from models.command import Command
from models.errors import Fault, Reason
from models.event import WANTED, Event, Record, State
from models.instant import format_instant
from models.instrument import Instrument
from models.night import Darkness, Night
from models.schedule import Schedule
from scheduler.planner import LeftOut

START = "/start_time"
END = "/end_time"


def check_event(
    instrument: Instrument, night: Night, schedule: Schedule, event: Event, now: datetime
) -> tuple[Fault, ...]:
    """Everything that keeps an event out of a night whatever else is in it.

    Parameters
    ----------
    instrument
        For how far ahead one may ask.
    night
        The night that the event's earliest start belongs to.
    schedule
        For the dusk and dawn that the night was planned with.
    event
        The request.
    now
        The database's clock.

    Returns
    -------
    tuple of Fault
        Empty if the event may compete for its place.
    """
    faults = []
    last_start = max(window.end - event.duration for window in event.windows)
    if last_start < now:
        faults.append(
            Fault(
                reason=Reason.IN_THE_PAST,
                detail=f"expected a start after {format_instant(now)} (now), "
                f"got {format_instant(last_start)}",
                pointer=START,
            )
        )
    horizon = now + instrument.policy.look_ahead
    if event.earliest > horizon:
        faults.append(
            Fault(
                reason=Reason.OUTSIDE_LIMITS,
                detail=f"expected a start before {format_instant(horizon)}, the furthest one may "
                f"ask ahead for {instrument.title}, got {format_instant(event.earliest)}",
                pointer=START,
            )
        )
    return (*faults, *_check_darkness(instrument, night, schedule, event))


def _check_darkness(
    instrument: Instrument, night: Night, schedule: Schedule, event: Event
) -> tuple[Fault, ...]:
    if night.darkness is Darkness.NEVER_DARK or schedule.dusk is None or schedule.dawn is None:
        return (
            Fault(
                reason=Reason.NO_DARKNESS,
                detail=f"the Sun does not sink {instrument.depression:g} degrees below the horizon "
                f"at {instrument.site.name} in the night of {night.date}",
                pointer=START,
                meta={"night": night.date.isoformat()},
            ),
        )
    if any(_fits(window.start, window.end, schedule, event) for window in event.windows):
        return ()
    before = event.earliest < schedule.dusk
    return (
        Fault(
            reason=Reason.OUTSIDE_NIGHT,
            detail=f"expected a time between dusk at {format_instant(schedule.dusk)} and dawn at "
            f"{format_instant(schedule.dawn)} at {instrument.site.name}, got "
            f"{format_instant(event.earliest)} to {format_instant(event.latest)}",
            pointer=START if before else END,
            meta={
                "night": night.date.isoformat(),
                "dusk": format_instant(schedule.dusk),
                "dawn": format_instant(schedule.dawn),
            },
        ),
    )


def _fits(start: datetime, end: datetime, schedule: Schedule, event: Event) -> bool:
    """Whether the event can run in the part of a window that is dark."""
    assert schedule.dusk is not None and schedule.dawn is not None  # noqa: S101, PT018 - by caller
    return min(end, schedule.dawn) - max(start, schedule.dusk) >= event.duration


def check_removal(command: Command, record: Record | None, now: datetime) -> tuple[Fault, ...]:
    """Everything that forbids a removal.

    Parameters
    ----------
    command
        The removal.
    record
        The event as stored, if it is.
    now
        The database's clock.
    """
    if record is None or record.event.instrument != command.instrument:
        return (_unknown(command, "no event of this instrument has this id"),)
    if record.state not in WANTED:
        return (_unknown(command, f"the event with this id is {record.state} already"),)
    if not command.caller.is_operator and record.owner != command.caller.subject:
        return (
            Fault(
                reason=Reason.NOT_ALLOWED,
                detail="expected the event's owner or an operator; this event belongs to "
                "somebody else",
            ),
        )
    if command.event_type is not None and command.event_type != record.event.type:
        return (
            Fault(
                reason=Reason.SCHEMA,
                detail=f"expected the type of the event, {record.event.type!r}, got "
                f"{command.event_type!r}",
                pointer="/type",
            ),
        )
    if record.state is State.SCHEDULED and record.start is not None and record.start <= now:
        return (
            Fault(
                reason=Reason.IN_THE_PAST,
                detail=f"the event began at {format_instant(record.start)}; what has begun is "
                "kept as the record of the night",
            ),
        )
    return ()


def _unknown(command: Command, detail: str) -> Fault:
    return Fault(reason=Reason.UNKNOWN_EVENT, detail=f"{detail}: {command.target}", pointer="/id")


def explain(event: Event, left: LeftOut) -> Fault:
    """Why an event that may compete got no place.

    Parameters
    ----------
    event
        The event.
    left
        What the solve said.
    """
    ids = [str(other) for other in left.in_the_way]
    details = {
        Reason.CONFLICT: f"{len(ids)} scheduled event(s) of more worth are in the way",
        Reason.NO_ROOM: "no window of the event has room beside events of more worth",
        Reason.OUTSIDE_NIGHT: "no window of the event has enough dark time left",
        Reason.IN_MAINTENANCE: "the instrument is closed for maintenance then",
        Reason.DEPENDENCY: "an event that this one depends on has no place",
    }
    detail = details.get(left.reason, "there is no place for it")
    shown = f": {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}" if ids else ""
    return Fault(
        reason=left.reason,
        detail=f"{detail}{shown} (asked: {format_instant(event.earliest)} to "
        f"{format_instant(event.latest)})",
        pointer=START,
        meta={"events": ids} if ids else {},
    )
