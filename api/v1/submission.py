"""Reading an event from a JSON:API document: every fault at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from api.problems import from_faults
from instruments.validation import canonical, check_attributes
from models.errors import Fault, Reason
from models.event import Event
from models.instant import MILLISECOND
from models.instrument import EventType, Instrument
from models.window import Window

_UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


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
    data, faults = _primary_data(document)
    event_type = _event_type(data, instrument, faults)
    identifier = _identifier(data, faults, required=False)
    attributes = data.get("attributes")
    if "attributes" not in data:
        faults.append(_fault("/data", "expected the member 'attributes', got none"))
    elif event_type is not None:
        faults.extend(
            fault.model_copy(update={"pointer": f"/data/attributes{fault.pointer or ''}"})
            for fault in check_attributes(event_type, attributes)
        )
    elif not isinstance(attributes, dict):
        faults.append(_fault("/data/attributes", f"expected an object, got {_kind(attributes)}"))
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
    data, faults = _primary_data(document)
    identifier = _identifier(data, faults, required=True)
    kind = _type_name(data, faults)
    if faults or identifier is None:
        raise from_faults(faults)
    return identifier, kind


def _primary_data(document: object) -> tuple[dict[str, Any], list[Fault]]:
    """The resource object, or an empty one with the fault that there is none."""
    if not isinstance(document, dict):
        raise from_faults([_fault("", f"expected an object, got {_kind(document)}")])
    if "data" not in document:
        raise from_faults([_fault("", "expected the member 'data', got none")])
    data = document["data"]
    if not isinstance(data, dict):
        detail = f"expected one resource object, got {_kind(data)}"
        raise from_faults([_fault("/data", detail)])
    return data, []


def _type_name(data: Mapping[str, Any], faults: list[Fault]) -> str:
    if "type" not in data:
        faults.append(_fault("/data", "expected the member 'type', got none"))
        return ""
    kind = data["type"]
    if not isinstance(kind, str):
        faults.append(_fault("/data/type", f"expected a text, got {_kind(kind)}"))
        return ""
    return kind


def _event_type(
    data: Mapping[str, Any], instrument: Instrument, faults: list[Fault]
) -> EventType | None:
    return instrument.event_types.get(_type_name(data, faults))


def _wrong_type(data: Mapping[str, Any], instrument: Instrument) -> Fault:
    known = ", ".join(sorted(instrument.event_types))
    return _fault(
        "/data/type",
        f"expected one of {known} for {instrument.title}, got {ascii(data['type'])[:60]}",
    )


def _identifier(data: Mapping[str, Any], faults: list[Fault], *, required: bool) -> UUID | None:
    if "id" not in data:
        if required:
            faults.append(_fault("/data", "expected the member 'id', got none"))
        return None
    value = data["id"]
    if not isinstance(value, str):
        faults.append(
            _fault("/data/id", f"expected a UUID of version 4 as text, got {_kind(value)}")
        )
    elif not _UUID4.fullmatch(value):
        faults.append(
            _fault(
                "/data/id",
                "expected a UUID of version 4 such as 022539c2-4717-49b7-834e-91b5cae9653c, got "
                f"{ascii(value)[:60]}",
            )
        )
    else:
        return UUID(value)
    return None


def _fault(pointer: str, detail: str) -> Fault:
    return Fault(reason=Reason.SCHEMA, detail=detail, pointer=pointer)


def _kind(value: object) -> str:
    """What a JSON value is, for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, name in ((list, "a list"), (dict, "an object"), (str, "a text")):
        if isinstance(value, kind):
            return name
    return f"the number {value}"[:60]
