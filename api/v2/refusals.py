"""Refusals: what the scheduler did not do, as errors that point into the request."""

from __future__ import annotations

from typing import Any

from api.problems import Problem, from_faults
from models.errors import Fault, Reason
from models.outcome import Outcome

REJECTED = {"status": "rejected"}

_FIRST: tuple[tuple[Reason, int], ...] = (
    (Reason.UNKNOWN_INSTRUMENT, 404),
    (Reason.UNKNOWN_EVENT, 404),
    (Reason.NOT_ALLOWED, 403),
    (Reason.TIMEOUT, 504),
)
"""Reasons that decide the status whatever else is wrong; all others are conflicts."""


def rejected(outcome: Outcome, document: object = None) -> Problem:
    """The problem for a command that was not carried out.

    Parameters
    ----------
    outcome
        Its outcome.
    document
        The request's document, where it had one, with the resource in ``data``.
    """
    return from_rejection([placed(fault, document) for fault in outcome.faults])


def from_rejection(faults: list[Fault]) -> Problem:
    """The problem for what the scheduler refused, its faults being placed already."""
    reasons = {fault.reason for fault in faults}
    for reason, status in _FIRST:
        if reason in reasons:
            return from_faults(faults, status=status)
    return from_faults(faults, status=409, meta=REJECTED)


def placed(fault: Fault, document: object, *, base: str = "") -> Fault:
    """A scheduler's fault with a pointer to something that is in the request document.

    Parameters
    ----------
    fault
        Its pointer, if it has one, is that of an attribute, or of the id or the type.
    document
        The request's document; None: there was none, and so is no pointer.
    base
        The pointer to the object that has the resource in ``data``.
    """
    if document is None or fault.pointer is None:
        return fault.model_copy(update={"pointer": None})
    parent = "/data" if fault.pointer in {"/id", "/type"} else "/data/attributes"
    return fault.model_copy(update={"pointer": climb(document, f"{base}{parent}{fault.pointer}")})


def climb(document: object, pointer: str) -> str:
    """The pointer itself if it leads to something, else that of its nearest ancestor that is."""
    found = ""
    value: Any = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            break
        found += f"/{token}"
    return found
