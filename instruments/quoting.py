"""Quoting: how errors show what came, short and printable whatever it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

_SHOWN = 60
_LONGEST_TOKEN = 200
_ARTICLES = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def quote(value: object) -> str:
    """A JSON value as an error shows it: printable ASCII, some 60 characters at most."""
    if isinstance(value, str):
        text = json.dumps(value[:_SHOWN])
        return text if len(value) <= _SHOWN else f"{text} and {len(value) - _SHOWN} characters more"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        digits = int(value.bit_length() * math.log10(2)) + 1
        return str(value) if digits <= _SHOWN else f"an integer of some {digits} digits"
    if isinstance(value, float):
        return repr(value)
    return name_type(value)


def name_type(value: object) -> str:
    """The JSON type of a value, with its article."""
    if isinstance(value, dict):
        return _ARTICLES["object"]
    if isinstance(value, list):
        return _ARTICLES["array"]
    if isinstance(value, str):
        return _ARTICLES["string"]
    return quote(value) if isinstance(value, bool | int | float | None) else "no JSON value"


def name_schema_type(expected: str | list[str]) -> str:
    """What the keyword ``type`` of a schema asks for, with its article."""
    wanted = [expected] if isinstance(expected, str) else expected
    return " or ".join(_ARTICLES.get(name, name) for name in wanted)


def point(path: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) to a path, as far as it can be written down.

    It ends before a name that is not valid Unicode or longer than 200 characters, and so
    points at the object that holds it.
    """
    pointer = ""
    for token in path:
        text = str(token)
        if len(text) > _LONGEST_TOKEN or any("\ud800" <= char <= "\udfff" for char in text):
            break
        pointer += "/" + text.replace("~", "~0").replace("/", "~1")
    return pointer
