"""Installed: the instruments of this installation, and how a new one joins them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import instruments
from cli.output import Column, Output, Row
from cli.scaffold import Wishes, scaffold
from models.instrument import Instrument

_COLUMNS = (
    Column(title="Name"),
    Column(title="Title", folds=True),
    Column(title="Events", folds=True),
    Column(title="Sun", right=True),
    Column(title="Group"),
    Column(title="Id"),
)


def list_installed(output: Output) -> None:
    """Print every instrument: name, title, event types, solar depression, group, id."""
    found = instruments.discover()
    if output.json:
        output.document(
            {"jsonapi": {"version": "1.1"}, "data": [_resource(each) for each in found]}
        )
        return
    rows = []
    for each in found:
        fields = [
            each.name,
            each.title,
            ", ".join(each.event_types),
            f"-{each.depression:g}°",
            f"{each.group.name}/{each.group.partition}",
            str(each.id),
        ]
        rows.append(Row(shown=fields, plain=fields))
    output.table(_COLUMNS, rows)


def add_new(output: Output, wishes: Wishes) -> None:
    """Make a new instrument's folder and say what comes next."""
    package = Path(instruments.__file__).resolve().parent
    made = scaffold(wishes, package, instruments.discover())
    for path in made:
        output.line(str(path.relative_to(package.parent)))
    folder = f"{package.name}/{wishes.name}"
    output.note(
        f"Now say in {folder}/site.py where it stands, in model.py and checks.py what it can do, "
        "and run\n  python -m instruments.schemas --write && python -m api.generate\n"
        "  pytest tests/contract/instruments"
    )


def _resource(instrument: Instrument) -> dict[str, Any]:
    return {
        "type": "instrument",
        "id": str(instrument.id),
        "attributes": {
            "name": instrument.name,
            "title": instrument.title,
            "kind": instrument.kind,
            "site": {
                "name": instrument.site.name,
                "latitude": instrument.site.latitude,
                "longitude": instrument.site.longitude,
            },
            "solar_depression": instrument.depression,
            "event_types": [
                {"type": kind.name, "summary": kind.summary}
                for kind in instrument.event_types.values()
            ],
            "group": {"name": instrument.group.name, "partition": instrument.group.partition},
        },
    }
