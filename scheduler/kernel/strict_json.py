"""JSON read strictly: what a careless reader would let pass is a fault with its place."""

from __future__ import annotations

import json
from typing import NoReturn

from scheduler.kernel.faults import ProblemError, fault

DEEPEST = 64
"""Nesting beyond which a document is refused."""
DIGITS = 400
"""Digits beyond which a number is refused unread."""


def read(text: str) -> object:
    """Read a JSON document.

    Parameters
    ----------
    text
        The document.

    Raises
    ------
    ProblemError
        It is not JSON, names a key twice, holds ``NaN`` or ``Infinity``, a number too long to
        read, or is nested too deeply.
    """
    depth = _depth(text)
    if depth > DEEPEST:
        _refuse(f"expected at most {DEEPEST} levels of nesting, got {depth} or more")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        _refuse(f"{error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse("nested too deeply")


def _refuse(detail: str) -> NoReturn:
    """Raise a fault of the whole document."""
    raise ProblemError([fault("malformed", detail)])


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings, up to just over `DEEPEST`."""
    depth = deepest = 0
    inside = escaped = False
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    for sign in text:
        if inside:
            inside = escaped or sign != '"'
            escaped = not escaped and sign == "\\"
        elif sign == '"':
            inside = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                return deepest
        elif sign in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make a dictionary, each key once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _refuse(f"the key {twice!r} stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    """Refuse ``NaN``, ``Infinity`` and ``-Infinity``."""
    _refuse(f"{name} is not JSON")


def _integer(digits: str) -> int:
    """Read an integer."""
    if len(digits) > DIGITS:
        _refuse(f"a number of {len(digits)} digits is too long")
    return int(digits)


def _float(digits: str) -> float:
    """Read a number with a fraction or an exponent."""
    if len(digits) > DIGITS:
        _refuse(f"a number of {len(digits)} characters is too long")
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        _refuse(f"{digits} is out of range")
    return number
