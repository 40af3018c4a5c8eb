"""Reading an event as version 2 asks for it: every fault at once, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.problems import Problem, error_objects, from_faults
from api.resource_objects import UUID4, kind_of, primary_data, read_id, schema_fault, type_name
from api.v2.resources import attributes_of
from api.v2.timing import (
    FLEXIBLE,
    TIMES,
    Flexible,
    is_fixed,
    is_flexible,
    read_flexible,
    read_seconds,
)
from instruments.quoting import point, quote
from instruments.schemas import schema_of
from instruments.validation import MOST_UNKNOWN, canonical, check_attributes
from models.errors import Fault, Reason
from models.event import After, Event, OnConflict
from models.instant import MILLISECOND
from models.instrument import EventType, Instrument
from models.window import Window

RULES = ("priority", "on_conflict", "after", "together_with")
OURS = (*TIMES, *FLEXIBLE, *RULES)
"""The attributes that events of every type have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a document asks for, or what is wrong with it.

    Parameters
    ----------
    event
        The event; None if anything is wrong.
    explicit_priority
        Whether the document names the priority.
    faults
        Everything that is wrong; pointers into the document.
    status
        The HTTP status for these faults.
    """

    event: Event | None = None
    explicit_priority: bool = False
    faults: tuple[Fault, ...] = ()
    status: int = 400

    @property
    def problem(self) -> Problem:
        """The refusal of the document."""
        if self.status == 409:
            return from_faults(self.faults, status=409, meta={"status": "rejected"})
        # Each error has the status that it alone would give.
        return Problem(self.status, error_objects(self.faults))


def judge(
    document: object,
    instrument: Instrument,
    *,
    cap: int,
    priority: int,
    new_id: Callable[[], UUID],
) -> Asked:
    """What a document asks for; all of its faults if there are any.

    Parameters
    ----------
    document
        Any JSON value.
    instrument
        What is to run it.
    cap
        The highest priority that may be asked, 1..5.
    priority
        The priority of a document that names none.
    new_id
        Gives an id where the client chose none.
    """
    data, faults = primary_data(document)
    if faults:
        return Asked(faults=tuple(faults))
    kind = type_name(data, faults)
    event_type = instrument.event_types.get(kind)
    wrong_type = [_wrong_type(kind, instrument)] if event_type is None and not faults else []
    identifier = read_id(data, faults, required=False)
    attributes = data.get("attributes")
    if "attributes" not in data:
        faults.append(schema_fault("/data", "expected the member 'attributes', got none"))
    elif not isinstance(attributes, dict):
        faults.append(
            schema_fault("/data/attributes", f"expected an object, got {kind_of(attributes)}")
        )
    if event_type is None:
        return Asked(faults=(*wrong_type, *faults), status=400 if faults else 409)
    if not isinstance(attributes, dict):
        return Asked(faults=tuple(faults))
    reading = _Reading(event_type, attributes, cap=cap)
    faults += [
        fault.model_copy(update={"pointer": f"/data/attributes{fault.pointer or ''}"})
        for fault in reading.faults
    ]
    if faults:
        only = {fault.reason for fault in faults} == {Reason.PRIORITY_NOT_ALLOWED}
        return Asked(faults=tuple(faults), status=403 if only else 400)
    event = reading.event(
        id=identifier or new_id(), instrument=instrument.id, type=event_type.name,
        default_priority=priority,
    )  # fmt: skip
    return Asked(event=event, explicit_priority=attributes.get("priority") is not None)


def _wrong_type(kind: str, instrument: Instrument) -> Fault:
    known = ", ".join(sorted(instrument.event_types))
    return schema_fault(
        "/data/type", f"expected one of {known} for {instrument.title}, got {ascii(kind)[:60]}"
    )


class _Reading:
    """The attributes of one document, with all that is wrong with them.

    Pointers are relative to the attributes.
    """

    def __init__(self, event_type: EventType, attributes: Mapping[str, Any], *, cap: int) -> None:
        self.faults: list[Fault] = []
        self._type = event_type
        self._names = tuple(schema_of(event_type)["properties"])
        self._attributes = attributes
        self._flexible: Flexible | None = None
        self._read_timing()
        self._read_unknown()
        self.priority = self._read_priority(cap)
        self.on_conflict = self._read_on_conflict()
        self.after = self._read_after()
        self.together_with = self._read_id("together_with", attributes)

    def event(self, *, default_priority: int, **named: Any) -> Event:
        """The event that is asked for, if nothing is wrong."""
        if self._flexible is None:
            own = {name: self._attributes[name] for name in self._names if name in self._attributes}
            start, end, own = canonical(self._type, own)
            asked = Flexible(
                duration_ms=(end - start) // MILLISECOND, windows=(Window(start=start, end=end),)
            )
        else:
            asked = self._flexible
            _, _, own = canonical(self._type, {**self._own, **asked.example})
        return Event(
            **named,
            duration_ms=asked.duration_ms,
            windows=asked.windows,
            attributes=own,
            priority=self.priority or default_priority,
            on_conflict=self.on_conflict,
            after=self.after,
            together_with=self.together_with,
        )

    @property
    def _own(self) -> dict[str, Any]:
        """The type's own attributes, without times."""
        return {
            name: value
            for name, value in self._attributes.items()
            if name in self._names and name not in OURS
        }

    def _read_timing(self) -> None:
        attributes = self._attributes
        fixed, flexible = is_fixed(attributes), is_flexible(attributes)
        if fixed and flexible:
            self.faults += [
                schema_fault(
                    f"/{name}",
                    "expected either start_time and end_time, or duration and windows, got both",
                )
                for name in FLEXIBLE
                if attributes.get(name) is not None
            ]
        if fixed:
            times = {name: attributes[name] for name in TIMES if name in attributes}
            self.faults += check_attributes(self._type, {**times, **self._own})
            return
        if not flexible:
            self.faults.append(
                schema_fault(
                    "",
                    "expected start_time and end_time (fixed), or duration and windows "
                    "(flexible), got neither",
                )
            )
        else:
            self._flexible = read_flexible(attributes, self.faults)
        self._judge_own()

    def _judge_own(self) -> None:
        """The faults of a flexible event's own attributes, as if it ran at some time."""
        times = dict.fromkeys(TIMES) if self._flexible is None else self._flexible.example
        for fault in check_attributes(self._type, {**times, **self._own}):
            if fault.pointer not in {"/start_time", "/end_time"}:
                self.faults.append(fault)
            elif self._flexible is not None:
                # An end_time that would do is no help to who named a duration.
                detail = fault.detail.partition("; the end_time")[0]
                self.faults.append(
                    fault.model_copy(update={"pointer": "/duration", "detail": detail})
                )

    def _read_unknown(self) -> None:
        allowed = [*OURS, *(name for name in self._names if name not in OURS)]
        listed = ", ".join(allowed)
        for name in [name for name in self._attributes if name not in allowed][:MOST_UNKNOWN]:
            detail = f"expected only the attributes {listed}; got {quote(name)}"
            similar = difflib.get_close_matches(name[:100], allowed, n=1)
            self.faults.append(
                schema_fault(
                    point([name]), detail + (f"; did you mean {similar[0]}?" if similar else "")
                )
            )

    def _read_priority(self, cap: int) -> int | None:
        value = self._attributes.get("priority")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
            detail = f"expected an integer from 1 to 5, 5 the highest, got {quote(value)}"
            self.faults.append(schema_fault("/priority", detail))
            return None
        if value > cap:
            self.faults.append(
                Fault(
                    reason=Reason.PRIORITY_NOT_ALLOWED,
                    detail=f"expected a priority of at most {cap}, got {value}",
                    pointer="/priority",
                    meta={"highest": cap},
                )
            )
            return None
        return value

    def _read_on_conflict(self) -> OnConflict:
        value = self._attributes.get("on_conflict")
        if isinstance(value, str) and value in set(OnConflict):
            return OnConflict(value)
        if value is not None:
            self.faults.append(
                schema_fault("/on_conflict", f'expected "reject" or "wait", got {quote(value)}')
            )
        return OnConflict.REJECT

    def _read_after(self) -> After | None:
        value = self._attributes.get("after")
        if value is None:
            return None
        if not isinstance(value, dict):
            detail = f"expected an object with event, min_gap and max_gap, got {kind_of(value)}"
            self.faults.append(schema_fault("/after", detail))
            return None
        before = len(self.faults)
        for name in [name for name in value if name not in {"event", "min_gap", "max_gap"}][:10]:
            self.faults.append(
                schema_fault(
                    point(["after", name]),
                    f"expected only event, min_gap and max_gap, got {quote(name)}",
                )
            )
        if "event" not in value:
            self.faults.append(
                schema_fault("/after", 'expected the member "event", which is missing')
            )
        event = self._read_id("event", value, "/after", required=True)
        gaps = {
            name: read_seconds(value[name], f"/after/{name}", self.faults, least=0)
            for name in ("min_gap", "max_gap")
            if value.get(name) is not None
        }
        least, most = gaps.get("min_gap") or 0, gaps.get("max_gap")
        if most is not None and most < least:
            self.faults.append(
                schema_fault(
                    "/after/max_gap",
                    f"expected at least min_gap, {least / 1000:g} s, got {most / 1000:g} s",
                )
            )
        if event is None or len(self.faults) > before:
            return None
        return After(event=event, min_gap_ms=least, max_gap_ms=most)

    def _read_id(
        self, name: str, members: Mapping[str, Any], within: str = "", *, required: bool = False
    ) -> UUID | None:
        value = members.get(name)
        if value is None and not (required and name in members):
            return None
        if isinstance(value, str) and UUID4.fullmatch(value):
            return UUID(value)
        self.faults.append(
            schema_fault(
                f"{within}/{name}",
                f"expected the id of another event, a UUID of version 4, got {quote(value)}",
            )
        )
        return None


def merge(event: Event, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a stored request with some of them asked for otherwise.

    Null leaves an attribute out. Who names windows or a duration for a fixed event makes
    it a flexible one, of the same duration if none is named; who names a start or an end
    for a flexible one makes it a fixed one.
    """
    stored = attributes_of(event, None)
    if event.fixed and is_flexible(attributes):
        stored = {name: value for name, value in stored.items() if name not in TIMES}
        stored["duration"] = event.duration_ms / 1000
    elif not event.fixed and is_fixed(attributes):
        stored = {name: value for name, value in stored.items() if name not in FLEXIBLE}
    merged = {**stored, **attributes}
    return {name: value for name, value in merged.items() if value is not None or name not in OURS}
