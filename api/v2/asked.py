"""What a command asked for, as the document that would ask for it again."""

from __future__ import annotations

from api.document import Json
from api.v2.refusals import placed
from api.v2.resources import attributes_of
from models.command import Command, Part
from models.errors import Fault
from models.instant import format_instant


def faults_of(command: Command, faults: tuple[Fault, ...]) -> list[Fault]:
    """A command's faults with pointers into the document that asked for it.

    The document itself is not kept: it may have been of either version, or have named
    only what was to be changed. Of several operations the place is the operation.
    """
    document = _document_of(command)
    return [_placed(command, fault, document) for fault in faults]


def _placed(command: Command, fault: Fault, document: Json | None) -> Fault:
    number = fault.meta.get("operation")
    if not command.parts or not isinstance(number, int) or number >= len(command.parts):
        return placed(fault, document)
    base = f"/atomic:operations/{number}"
    asked = _document_of(command.parts[number])
    if asked is None or fault.pointer is None:
        return fault.model_copy(update={"pointer": base})
    inside = placed(fault, asked).pointer
    return fault.model_copy(update={"pointer": f"{base}{inside}"})


def _document_of(asked: Command | Part) -> Json | None:
    """The document, or None where there was none, or where it is not known."""
    if asked.event is not None:
        event = asked.event
        return {
            "data": {
                "type": event.type,
                "id": str(event.id),
                "attributes": attributes_of(event, None),
            }
        }
    if asked.maintenance is not None:
        window = asked.maintenance.window
        times = {"start_time": window.start, "end_time": window.end}
        attributes = {name: format_instant(time) for name, time in times.items()}
        return {
            "data": {
                "type": "maintenance",
                "id": str(asked.maintenance.id),
                "attributes": {**attributes, "note": asked.maintenance.note},
            }
        }
    if asked.event_type is not None and isinstance(asked, Command):
        return {"data": {"type": asked.event_type, "id": str(asked.event_id)}}
    return None
