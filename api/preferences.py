"""What a caller prefers and repeats: the headers ``Prefer`` and ``Idempotency-Key``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.problems import from_faults
from models.errors import Fault, Reason

PREFER = "Prefer"
KEY = "Idempotency-Key"
MOST_KEY = 255
"""Longest idempotency key, in characters."""

_PREFERENCE = re.compile(r'\s*([\w!#$%&\'*+.^`|~-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;,]*))?[^,]*')
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MOST_KEY}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How a caller wants to be answered (RFC 7240).

    Parameters
    ----------
    respond_async
        Rather at once than with the outcome.
    wait
        How long the caller would wait all the same, in seconds, if it says so.
    """

    respond_async: bool = False
    wait: float | None = None


def read_preference(values: Sequence[str]) -> Preference:
    """The preferences in every ``Prefer`` header; of one that comes again, the first counts.

    What is not understood is ignored, as RFC 7240 demands.
    """
    found: dict[str, str] = {}
    for value in values:
        for match in _PREFERENCE.finditer(value):
            found.setdefault(match[1].lower(), (match[2] or "").strip().strip('"'))
    wait = found.get("wait", "")
    return Preference(
        respond_async="respond-async" in found,
        wait=float(wait) if wait.isdecimal() and len(wait) < 7 else None,
    )


def read_key(values: Sequence[str]) -> str | None:
    """The idempotency key, with or without the quotation marks of a structured field.

    Raises
    ------
    Problem
        400: the header came more than once, or holds no key.
    """
    if not values:
        return None
    if len(values) > 1:
        raise from_faults([_fault(f"expected the header once, got it {len(values)} times")])
    text = values[0].strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not _KEY.fullmatch(text):
        raise from_faults(
            [
                _fault(
                    f"expected 1 to {MOST_KEY} visible ASCII characters, such as a UUID, got "
                    f"{ascii(values[0])[:80]}"
                )
            ]
        )
    return text


def _fault(detail: str) -> Fault:
    return Fault(reason=Reason.SCHEMA, detail=detail, header=KEY)
