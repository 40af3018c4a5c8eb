"""Examples: documents that an instrument takes and documents that it refuses, as files.

An instrument has those of its own folder and those that its kind shares
(``instruments/_<kind>/examples``). They feed the conformance suite and the documentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.instrument import Instrument

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A fault that an invalid example has.

    Parameters
    ----------
    code
        Its reason.
    pointer
        Where in the document.
    """

    code: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example.

    Parameters
    ----------
    name
        The file's name without its ending.
    document
        A JSON:API document as a client sends it.
    expected
        Every fault it has; empty for a valid example.
    """

    name: str
    document: dict[str, Any]
    expected: tuple[Expected, ...] = ()


def valid_examples(instrument: Instrument) -> tuple[Example, ...]:
    """The documents that the instrument takes, by name."""
    return tuple(
        Example(name=path.stem, document=content) for path, content in _read(instrument, "valid")
    )


def invalid_examples(instrument: Instrument) -> tuple[Example, ...]:
    """The documents that the instrument refuses, by name."""
    return tuple(
        Example(
            name=path.stem,
            document=content["document"],
            expected=tuple(Expected(**fault) for fault in content["expect"]),
        )
        for path, content in _read(instrument, "invalid")
    )


def _read(instrument: Instrument, folder: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for owner in (instrument.name, f"_{instrument.kind}"):
        for path in sorted((_HERE / owner / "examples" / folder).glob("*.json")):
            yield path, json.loads(path.read_text("utf-8"))
