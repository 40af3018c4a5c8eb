"""Documents: the events that a file asks for, one JSON:API document each."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from cli.exits import UsageFault

Json = dict[str, Any]

STDIN = "-"
"""The file name that means standard input."""


def read_documents(file: str) -> list[Json]:
    """The event documents in a file, each with an id.

    A file holds one document, a list of documents, a document whose ``data`` is a list
    (what ``nightplan events --json`` prints), or the bare resources of either. An event
    without an id is given one, so that it may be sent twice without being added twice.

    Parameters
    ----------
    file
        Its name; ``-`` is standard input.

    Raises
    ------
    UsageFault
        It cannot be read, is no JSON, or holds something else.
    """
    name = "standard input" if file == STDIN else file
    value = _parse(name, _read(name, file))
    documents = [_document(name, entry) for entry in _entries(value)]
    if not documents:
        raise UsageFault(f"{name}: expected at least one event, got none")
    return documents


def _read(name: str, file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise UsageFault(f"{name}: cannot be read ({error.strerror})") from error


def _parse(name: str, content: bytes) -> Any:
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise UsageFault(
            f"{name}: expected JSON, got {error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageFault(f"{name}: expected JSON in UTF-8, got other bytes") from error
    except (ValueError, RecursionError) as error:
        raise UsageFault(f"{name}: expected JSON, got {error}") from error


def _entries(value: Any) -> Sequence[Any]:
    data = value.get("data") if isinstance(value, dict) else value
    return data if isinstance(data, list) else [value]


def _document(name: str, entry: Any) -> Json:
    if isinstance(entry, dict) and "data" not in entry and "type" in entry:
        entry = {"data": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("data"), dict):
        raise UsageFault(
            f"{name}: expected an event such as "
            '{"data": {"type": …, "attributes": {…}}} or a list of them'
        )
    data = dict(entry["data"])
    if "id" not in data:
        data["id"] = str(uuid4())
    return {"data": data}


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        again = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {again!r} twice in one object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text}, which is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"a number that is too large: {text[:40]}")
    return value
