"""JSON Schemas of the event types, generated from their models.

``python -m instruments.schemas --write`` brings ``openapi/schemas/`` up to date;
without ``--write`` it names the files that differ and ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from instruments import discover
from models.instrument import EventType

DIRECTORY = Path(__file__).resolve().parent.parent / "openapi" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schema_of(event_type: EventType) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event type's ``attributes``; do not change it.

    Parameters
    ----------
    event_type
        Of any instrument.
    """
    generated = event_type.model.model_json_schema()
    for described in generated["properties"].values():
        described.pop("title", None)
    return {
        "$schema": DIALECT,
        **generated,
        "title": event_type.name,
        "description": event_type.summary,
    }


def render_all() -> dict[str, str]:
    """The text of every schema file by its name, ``<kind>.<type>.json``."""
    return {
        f"{instrument.kind}.{name}.json": json.dumps(schema_of(event_type), indent=2) + "\n"
        for instrument in discover()
        for name, event_type in instrument.event_types.items()
    }


def find_drift(directory: Path = DIRECTORY) -> list[str]:
    """Names of the files that are missing, differ, or belong to nothing."""
    wanted = render_all()
    there = {path.name: path.read_text("utf-8") for path in directory.glob("*.json")}
    return sorted(
        name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)
    )


def write(directory: Path = DIRECTORY) -> None:
    """Write every schema file and delete those that belong to nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = render_all()
    for path in directory.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare, as the command line says.

    Returns
    -------
    int
        The exit code: 0 if the files are up to date.
    """
    parser = argparse.ArgumentParser(prog="python -m instruments.schemas", description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the files up to date")
    if parser.parse_args(arguments).write:
        write()
    drift = find_drift()
    for name in drift:
        sys.stderr.write(f"{name} is not up to date: run python -m instruments.schemas --write\n")
    return 1 if drift else 0


if __name__ == "__main__":
    sys.exit(main())
