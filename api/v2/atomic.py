"""Reading atomic operations (https://jsonapi.org/ext/atomic/): additions and removals of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.problems import Problem, error_objects
from api.requests import parse_event_id
from api.resource_objects import UUID4, kind_of, schema_fault
from api.v2.refusals import REJECTED, placed
from api.v2.submission import judge
from instruments import find
from instruments.quoting import quote
from models.command import CommandKind, Part
from models.errors import Fault, Reason
from models.instrument import Instrument

MEMBER = "atomic:operations"
MOST_OPERATIONS = 1000
_COLLECTION = re.compile(r"/v2/instruments/([^/?#]+)/events", re.ASCII)
_EVENT = re.compile(r"/v2/instruments/([^/?#]+)/events/([^/?#]+)", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Operation:
    """One operation, as far as it could be read.

    Parameters
    ----------
    number
        Its place in the list, from 0 on.
    raw
        As it came.
    adds
        Whether it is an addition; a removal otherwise.
    instrument
        The id or the name that its place has; None: it names none.
    event, event_type
        What is to be removed.
    faults
        What is wrong with it, with pointers into the document.
    status
        The HTTP status that these alone would give.
    """

    number: int
    raw: dict[str, Any]
    adds: bool = False
    instrument: str | None = None
    event: UUID | None = None
    event_type: str | None = None
    faults: list[Fault] = field(default_factory=list)
    status: int = 400

    @property
    def base(self) -> str:
        """The pointer to it."""
        return f"/{MEMBER}/{self.number}"

    @property
    def place(self) -> str:
        """The pointer to what says where it is to be done."""
        return next((f"{self.base}/{name}" for name in ("href", "ref") if name in self.raw),
                    self.base)  # fmt: skip

    def fail(self, detail: str, rest: str = "") -> None:
        """Note a fault of the form."""
        self.faults.append(schema_fault(f"{self.base}{rest}", detail))


def read_operations(body: object) -> list[Operation]:
    """The operations of a document, each with what is wrong with its form.

    Raises
    ------
    Problem
        400: the document has no list of operations, or too many.
    """
    if not isinstance(body, dict):
        raise _refused(schema_fault("", f"expected an object, got {kind_of(body)}"))
    if MEMBER not in body:
        raise _refused(schema_fault("", f"expected the member '{MEMBER}', got none"))
    listed = body[MEMBER]
    expected = f"expected a list of 1 to {MOST_OPERATIONS} operations"
    if not isinstance(listed, list):
        raise _refused(schema_fault(f"/{MEMBER}", f"{expected}, got {kind_of(listed)}"))
    if not 1 <= len(listed) <= MOST_OPERATIONS:
        raise _refused(schema_fault(f"/{MEMBER}", f"{expected}, got {len(listed)}"))
    return [_read(number, entry) for number, entry in enumerate(listed)]


def _read(number: int, entry: object) -> Operation:
    if not isinstance(entry, dict):
        found = Operation(number=number, raw={})
        found.fail(f"expected an object, got {kind_of(entry)}")
        return found
    found = Operation(number=number, raw=entry)
    code = entry.get("op")
    if code not in ("add", "remove"):
        if "op" in entry:
            found.fail(f'expected "add" or "remove", got {quote(code)}', "/op")
        else:
            found.fail("expected the member 'op', got none")
        return found
    found.adds = code == "add"
    if "href" in entry and "ref" in entry:
        found.fail("expected either href or ref, got both", "/href")
    elif "href" in entry:
        _read_href(found, entry["href"])
    elif "ref" in entry:
        _read_ref(found, entry["ref"])
    else:
        found.fail("expected the member 'href' or 'ref', got none")
    if found.adds and "data" not in entry:
        found.fail("expected the member 'data', got none")
    return found


def _read_href(found: Operation, href: object) -> None:
    form = _COLLECTION if found.adds else _EVENT
    match = form.fullmatch(href) if isinstance(href, str) else None
    if match is None:
        wanted = "/v2/instruments/{id}/events" + ("" if found.adds else "/{id}")
        found.fail(f"expected a path such as {wanted}, got {quote(href)}", "/href")
        return
    found.instrument = match[1]
    if not found.adds:
        found.event = parse_event_id(match[2])
        if found.event is None:
            found.fail(f"expected the id of an event, got {quote(match[2])}", "/href")


def _read_ref(found: Operation, ref: object) -> None:
    if not isinstance(ref, dict):
        found.fail(f"expected an object, got {kind_of(ref)}", "/ref")
        return
    for name in ("type", "id"):
        if not isinstance(ref.get(name), str):
            found.fail(
                f"expected the text '{name}', got {quote(ref.get(name))}",
                f"/ref/{name}" if name in ref else "/ref",
            )
    if found.faults:
        return
    if found.adds:
        if ref["type"] != "instruments" or ref.get("relationship") != "events":
            found.fail("expected the type instruments and the relationship events", "/ref")
        else:
            found.instrument = ref["id"]
        return
    found.event_type = ref["type"]
    if UUID4.fullmatch(ref["id"]):
        found.event = UUID(ref["id"])
    else:
        found.fail(f"expected the id of an event, got {quote(ref['id'])}", "/ref/id")


def find_place(operations: Sequence[Operation]) -> Instrument | None:
    """The one instrument that operations name; they get faults where they name another.

    Returns
    -------
    Instrument or None
        None: none of them names any.
    """
    first: Instrument | None = None
    for operation in operations:
        if operation.instrument is None:
            continue
        found = find(operation.instrument)
        if found is None:
            operation.status = 404
            operation.faults.append(
                Fault(
                    reason=Reason.UNKNOWN_INSTRUMENT,
                    detail="expected the id of an instrument as GET /v2/instruments lists them, "
                    f"got {quote(operation.instrument)}",
                    pointer=operation.place,
                )
            )
        elif first is None:
            first = found
        elif found is not first:
            operation.faults.append(
                schema_fault(
                    operation.place,
                    f"expected operations on one instrument, {first.name}, got {found.name}",
                )
            )
    return first


def read_parts(
    operations: Sequence[Operation],
    instrument: Instrument,
    *,
    cap: int,
    new_id: Callable[[int], UUID],
) -> tuple[Part, ...]:
    """What operations ask for; they get faults where they are at fault.

    Parameters
    ----------
    operations
        With their places.
    instrument
        Where.
    cap
        The highest priority that the caller may ask.
    new_id
        Gives an id to the event of an operation that names none.
    """
    found: list[Part] = []
    seen: set[UUID] = set()
    for operation in operations:
        if operation.faults:
            continue
        if not operation.adds:
            assert operation.event is not None  # noqa: S101 - or it has a fault
            part = Part(
                kind=CommandKind.REMOVE,
                event_id=operation.event,
                event_type=operation.event_type,
            )
        else:
            asked = judge(
                {"data": operation.raw["data"]},
                instrument,
                cap=cap,
                priority=cap,
                new_id=lambda number=operation.number: new_id(number),  # type: ignore[misc]
            )
            if asked.event is None:
                operation.status = asked.status
                operation.faults += [
                    fault.model_copy(update={"pointer": f"{operation.base}{fault.pointer}"})
                    for fault in asked.faults
                ]
                continue
            part = Part(
                kind=CommandKind.ADD,
                event=asked.event,
                explicit_priority=asked.explicit_priority,
            )
        if part.target in seen:
            operation.faults.append(
                schema_fault(
                    _named(operation), f"expected each event once, got {part.target} again"
                )
            )
        seen.add(part.target)
        found.append(part)
    return tuple(found)


def check(operations: Sequence[Operation]) -> None:
    """Refuse operations that are at fault.

    Raises
    ------
    Problem
        With every fault of all of them.
    """
    wrong = [operation for operation in operations if operation.faults]
    if not wrong:
        return
    statuses = {operation.status for operation in wrong}
    status = statuses.pop() if len(statuses) == 1 else 400
    faults = [fault for operation in wrong for fault in operation.faults]
    same = status if status in {404, 409} else None
    raise Problem(
        status,
        error_objects(faults, status=same),
        meta=REJECTED if status == 409 else None,
    )


def placed_in(fault: Fault, operations: Sequence[Operation], body: object) -> Fault:
    """A scheduler's fault with a pointer to what it is about in the document."""
    number = fault.meta.get("operation")
    if not isinstance(number, int) or not 0 <= number < len(operations):
        return placed(fault, None)
    operation = operations[number]
    if operation.adds:
        if fault.pointer is None:
            return fault.model_copy(update={"pointer": operation.base})
        return placed(fault, body, base=operation.base)
    wrong_type = fault.pointer == "/type" and operation.event_type is not None
    pointer = f"{operation.base}/ref/type" if wrong_type else _named(operation)
    return fault.model_copy(update={"pointer": pointer})


def _named(operation: Operation) -> str:
    """The pointer to what names the event."""
    if not operation.adds:
        return f"{operation.place}/id" if operation.place.endswith("/ref") else operation.place
    data = operation.raw.get("data")
    return f"{operation.base}/data" + ("/id" if isinstance(data, dict) and "id" in data else "")


def _refused(fault: Fault) -> Problem:
    return Problem(400, error_objects([fault]))
