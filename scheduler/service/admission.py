"""Admission: the rules that an event or a removal must meet before any solve.

The form of a document is the API's and the instrument's business; what stands
here depends on the night, on the time and on what is stored.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from models.command import Command, CommandKind
from models.errors import Fault, Reason
from models.event import WANTED, Event, OnConflict, Record, State
from models.exchange import NightState
from models.instant import format_instant
from models.instrument import AfterCutOff, Instrument
from models.night import Darkness, Night, UnsupportedDate, date_of
from models.schedule import Schedule
from models.window import Window
from scheduler.planner import LeftOut

START = "/start_time"
END = "/end_time"


def is_frozen(instrument: Instrument, state: NightState) -> bool:
    """Whether a night's plan has been downloaded and may not be changed any more."""
    policy, dusk = instrument.policy, state.schedule.dusk
    if policy.after_cut_off is not AfterCutOff.REFUSE or dusk is None:
        return False
    cut_off = policy.cut_off_of(dusk)
    return cut_off is not None and state.now >= cut_off and state.schedule.revision > 0


def check(
    instrument: Instrument,
    night: Night,
    state: NightState,
    command: Command,
    record: Record | None,
    *,
    frozen: bool,
) -> tuple[Fault, ...]:
    """Everything that forbids a command about an event, whatever else is in the night.

    Parameters
    ----------
    instrument, night, state
        The night that it is about; for a change, the new one.
    command
        To add, change or remove an event.
    record
        The event as stored, if it is.
    frozen
        Whether the night's plan may not be changed any more.
    """
    faults: tuple[Fault, ...] = ()
    if command.kind in {CommandKind.REMOVE, CommandKind.CHANGE}:
        faults = check_removal(command, record, state.now)
    elif record is not None:
        faults = (_taken(command),)
    if faults:
        return faults
    if frozen:
        return (_frozen(instrument, state),)
    if command.event is None:
        return ()
    return (
        *check_event(instrument, night, state.schedule, command.event, state.now),
        *_check_share(
            instrument, state, command.event, record.owner if record else command.caller.subject
        ),
        *_check_others(state, command.event),
    )


def _taken(command: Command) -> Fault:
    return Fault(
        reason=Reason.ID_CONFLICT,
        detail=f"expected a new id, got that of an event that is known: {command.target}",
        pointer="/id",
    )


def _frozen(instrument: Instrument, state: NightState) -> Fault:
    dusk = state.schedule.dusk
    cut_off = instrument.policy.cut_off_of(dusk) if dusk else None
    shown = format_instant(cut_off) if cut_off else "its cut-off"
    return Fault(
        reason=Reason.NIGHT_FROZEN,
        detail=f"expected a request before {shown}, when the plan of the night of "
        f"{state.schedule.night} was handed to {instrument.title}",
        pointer=START,
        meta={"night": state.schedule.night.isoformat(), "revision": state.schedule.revision},
    )


def _check_share(
    instrument: Instrument, state: NightState, event: Event, owner: str
) -> tuple[Fault, ...]:
    """Refuse what goes beyond one caller's share of a night."""
    most = instrument.policy.most_per_caller
    if most is None:
        return ()
    asked = event.duration + sum(
        (
            record.event.duration
            for record in state.wanted
            if record.owner == owner and record.event.id != event.id
        ),
        timedelta(0),
    )
    if asked <= most:
        return ()
    return (
        Fault(
            reason=Reason.OUTSIDE_LIMITS,
            detail=f"expected at most {most.total_seconds():g} s of one caller in a night of "
            f"{instrument.title}, got {asked.total_seconds():g} s with this event",
            pointer=START,
            meta={"most_seconds": most.total_seconds(), "asked_seconds": asked.total_seconds()},
        ),
    )


def _check_others(state: NightState, event: Event) -> tuple[Fault, ...]:
    """Refuse an event that would depend on itself, or on one that is not wanted in the night."""
    if event.after is None:
        return ()
    wanted = {record.event.id: record.event for record in state.wanted}
    seen = {event.id}
    following = event.after.event
    while following not in seen:
        seen.add(following)
        needed = wanted.get(following)
        if needed is None or needed.after is None:
            break
        following = needed.after.event
    else:
        return (
            Fault(
                reason=Reason.DEPENDENCY,
                detail=f"expected an event that does not itself come after {event.id}, got "
                f"{event.after.event}",
                pointer="/after/event",
                meta={"events": [str(event.after.event)]},
            ),
        )
    if event.after.event in wanted or event.on_conflict is OnConflict.WAIT:
        return ()
    return (
        Fault(
            reason=Reason.DEPENDENCY,
            detail=f"expected an event that is wanted in the night of {state.schedule.night}, got "
            f"{event.after.event}",
            pointer="/after/event",
            meta={"events": [str(event.after.event)]},
        ),
    )


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
    strange = [
        number
        for number, window in enumerate(event.windows)
        if len(event.windows) > 1 and _night_of(instrument, window) != night.date
    ]
    if strange:
        return tuple(
            Fault(
                reason=Reason.OUTSIDE_NIGHT,
                detail=f"expected all windows in one night, that of {night.date} like the first, "
                f"got {format_instant(event.windows[number].start)} to "
                f"{format_instant(event.windows[number].end)}",
                pointer=f"/windows/{number}/start_time",
                meta={"night": night.date.isoformat()},
            )
            for number in strange
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


def _night_of(instrument: Instrument, window: Window) -> date | None:
    try:
        return date_of(instrument.site, window.start)
    except UnsupportedDate:
        return None


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
