"""JSON as it comes in: read strictly, every fault named with its place.

The standard library's parser is lenient (NaN, duplicate keys, lone surrogates),
so what it lets through is marked while it parses and looked for afterwards.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from models.errors import Fault, InvalidRequest, Reason

MOST_LEVELS = 64
"""Deepest nesting that is read."""
MOST_DIGITS = 400
"""Longest number that is read, in characters."""
MOST_FAULTS = 50
"""Faults reported for one document."""

_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _NoNumber:
    """Stands for a literal that is no JSON number that can be read."""

    text: str


class _Object(dict[str, Any]):
    """An object that remembers which of its keys came more than once."""

    repeated: tuple[str, ...] = ()


def read_json(body: bytes) -> Any:
    """Read a JSON text (RFC 8259) from a request.

    Parameters
    ----------
    body
        UTF-8, without a byte order mark.

    Returns
    -------
    object
        Plain dicts, lists, texts, numbers, booleans and None.

    Raises
    ------
    InvalidRequest
        With reason ``malformed``: it is no such text; or it holds numbers that
        cannot be read, an object with the same key twice, or half a character.
    """
    text = _decode(body)
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_collect,
            parse_constant=_NoNumber,
            parse_float=_read_float,
            parse_int=_read_int,
        )
    except json.JSONDecodeError as error:
        _refuse(f"expected JSON, got {error.msg} at line {error.lineno} column {error.colno}")
    except (RecursionError, ValueError) as error:
        _refuse(f"expected JSON, got {error}")
    faults = list(_limited(_faults(value, "")))
    if faults:
        raise InvalidRequest(faults)
    return value


def _decode(body: bytes) -> str:
    if not body.strip():
        _refuse("expected a JSON document, got an empty body")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in body[:4]:
        _refuse("expected UTF-8, got what looks like UTF-16 or UTF-32")
    if body.startswith(b"\xef\xbb\xbf"):
        _refuse("expected UTF-8 without a byte order mark, got one at the beginning")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"expected UTF-8, got byte 0x{body[error.start]:02x} at position {error.start}")


def _check_depth(text: str) -> None:
    depth = 0
    for match in _BRACKETS.finditer(_STRINGS.sub('""', text)):
        depth += 1 if match.group() in "[{" else -1
        if depth > MOST_LEVELS:
            _refuse(f"expected at most {MOST_LEVELS} levels of nesting, got more")


def _refuse(detail: str) -> NoReturn:
    raise InvalidRequest([Fault(reason=Reason.MALFORMED, detail=detail)])


def _collect(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        found.repeated = tuple(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return found


def _read_float(text: str) -> float | _NoNumber:
    value = float(text) if len(text) <= MOST_DIGITS else math.inf
    return value if math.isfinite(value) else _NoNumber(text)


def _read_int(text: str) -> int | _NoNumber:
    return int(text) if len(text) <= MOST_DIGITS else _NoNumber(text)


def _limited(faults: Iterator[Fault]) -> Iterator[Fault]:
    for _, fault in zip(range(MOST_FAULTS), faults, strict=False):
        yield fault


def _faults(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, _NoNumber):
        yield _fault(pointer, f"expected a JSON number that can be read, got {value.text[:40]}")
    elif isinstance(value, str):
        if _SURROGATE.search(value):
            yield _fault(
                pointer, f"expected text, got half a surrogate pair in {ascii(value)[:60]}"
            )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{pointer}/{index}")
    elif isinstance(value, _Object):
        for key in dict.fromkeys(value.repeated):
            # A key that is no text cannot be pointed at, only what holds it.
            place = pointer if _SURROGATE.search(key) else _join(pointer, key)
            yield _fault(place, f"expected each key once, got {key!a} again")
        for key, item in value.items():
            if _SURROGATE.search(key):
                yield _fault(pointer, f"expected text, got half a surrogate pair in key {key!a}")
            else:
                yield from _faults(item, _join(pointer, key))


def _join(pointer: str, key: str) -> str:
    """A pointer to a member (RFC 6901)."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _fault(pointer: str, detail: str) -> Fault:
    return Fault(reason=Reason.MALFORMED, detail=detail, pointer=pointer)
