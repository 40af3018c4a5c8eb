"""Reading a JSON:API document with one resource object, whatever it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from models.errors import Fault, Reason

UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


def primary_data(document: object) -> tuple[dict[str, Any], list[Fault]]:
    """The resource object, or an empty one with the fault that there is none."""
    if not isinstance(document, dict):
        return {}, [schema_fault("", f"expected an object, got {kind_of(document)}")]
    if "data" not in document:
        return {}, [schema_fault("", "expected the member 'data', got none")]
    data = document["data"]
    if not isinstance(data, dict):
        return {}, [schema_fault("/data", f"expected one resource object, got {kind_of(data)}")]
    return data, []


def type_name(data: Mapping[str, Any], faults: list[Fault]) -> str:
    """The resource object's ``type``; empty, with a fault more, if it has none."""
    if "type" not in data:
        faults.append(schema_fault("/data", "expected the member 'type', got none"))
        return ""
    kind = data["type"]
    if not isinstance(kind, str):
        faults.append(schema_fault("/data/type", f"expected a text, got {kind_of(kind)}"))
        return ""
    return kind


def read_id(data: Mapping[str, Any], faults: list[Fault], *, required: bool) -> UUID | None:
    """The resource object's ``id``; None, with a fault more, if it is no UUID of version 4."""
    if "id" not in data:
        if required:
            faults.append(schema_fault("/data", "expected the member 'id', got none"))
        return None
    value = data["id"]
    if not isinstance(value, str):
        faults.append(
            schema_fault("/data/id", f"expected a UUID of version 4 as text, got {kind_of(value)}")
        )
    elif not UUID4.fullmatch(value):
        faults.append(
            schema_fault(
                "/data/id",
                "expected a UUID of version 4 such as 022539c2-4717-49b7-834e-91b5cae9653c, got "
                f"{ascii(value)[:60]}",
            )
        )
    else:
        return UUID(value)
    return None


def schema_fault(pointer: str, detail: str) -> Fault:
    """A fault of the form."""
    return Fault(reason=Reason.SCHEMA, detail=detail, pointer=pointer)


def kind_of(value: object) -> str:
    """What a JSON value is, for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, name in ((list, "a list"), (dict, "an object"), (str, "a text")):
        if isinstance(value, kind):
            return name
    return f"the number {value}"[:60]
