"""Reading an event from a JSON:API document: every fault at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from api.problems import from_faults
from api.resource_objects import kind_of, primary_data, read_id, schema_fault, type_name
from instruments.validation import canonical, check_attributes
from models.errors import Fault
from models.event import Event
from models.instant import MILLISECOND
from models.instrument import EventType, Instrument
from models.window import Window


def read_event(
    document: object, instrument: Instrument, *, priority: int, new_id: Callable[[], UUID]
) -> Event:
    """The event that a document asks for.

    Parameters
    ----------
    document
        Any JSON value.
    instrument
        What is to run it.
    priority
        Its priority, 1..5.
    new_id
        Gives an id where the client chose none.

    Raises
    ------
    Problem
        409 if only its ``type`` is wrong; 400 with every fault otherwise.
    """
    data, faults = primary_data(document)
    if faults:
        raise from_faults(faults)
    event_type = _event_type(data, instrument, faults)
    identifier = read_id(data, faults, required=False)
    attributes = data.get("attributes")
    if "attributes" not in data:
        faults.append(schema_fault("/data", "expected the member 'attributes', got none"))
    elif event_type is not None:
        faults.extend(
            fault.model_copy(update={"pointer": f"/data/attributes{fault.pointer or ''}"})
            for fault in check_attributes(event_type, attributes)
        )
    elif not isinstance(attributes, dict):
        faults.append(
            schema_fault("/data/attributes", f"expected an object, got {kind_of(attributes)}")
        )
    if faults:
        raise from_faults(faults)
    if event_type is None:
        raise from_faults([_wrong_type(data, instrument)], status=409, meta={"status": "Rejected"})
    start, end, own = canonical(event_type, cast("Mapping[str, Any]", attributes))
    return Event(
        id=identifier or new_id(),
        instrument=instrument.id,
        type=event_type.name,
        duration_ms=(end - start) // MILLISECOND,
        windows=(Window(start=start, end=end),),
        attributes=own,
        priority=priority,
    )


def read_identifier(document: object) -> tuple[UUID, str]:
    """The id and the type of the event that a document names.

    Raises
    ------
    Problem
        400 with every fault.
    """
    data, faults = primary_data(document)
    if faults:
        raise from_faults(faults)
    identifier = read_id(data, faults, required=True)
    kind = type_name(data, faults)
    if faults or identifier is None:
        raise from_faults(faults)
    return identifier, kind


def _event_type(
    data: Mapping[str, Any], instrument: Instrument, faults: list[Fault]
) -> EventType | None:
    return instrument.event_types.get(type_name(data, faults))


def _wrong_type(data: Mapping[str, Any], instrument: Instrument) -> Fault:
    known = ", ".join(sorted(instrument.event_types))
    return schema_fault(
        "/data/type",
        f"expected one of {known} for {instrument.title}, got {ascii(data['type'])[:60]}",
    )
