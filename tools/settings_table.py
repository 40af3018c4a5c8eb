"""``python -m tools.settings_table [--check]``: writes the tables of docs/settings.md.

Each process has one model in adapters/process/settings.py; a table stands between the lines
``<!-- begin NAME -->`` and ``<!-- end NAME -->``, where NAME is the model's.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from adapters.process import settings

TARGET = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
MODELS = {
    model.__name__: model
    for model in (
        settings.ApiSettings,
        settings.SchedulerSettings,
        settings.SidecarSettings,
        settings.MigrationSettings,
        settings.ReplaySettings,
        settings.ClientSettings,
    )
}
"""The model of each process, by its name."""

_UNITS: Mapping[str, str] = {
    "_ms": "ms", "_bytes": "bytes", "_timeout": "s", "_limit": "s", "_ahead": "nights",
    "port": "port",
}  # fmt: skip
_TABLE = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def table(name: str) -> str:
    """The table of one process, in Markdown.

    Parameters
    ----------
    name
        The name of its model.
    """
    lines = ["| Variable | Unit | Default | Meaning |", "|---|---|---|---|"]
    for field, info in sorted(MODELS[name].model_fields.items()):
        variable = f"`NIGHTPLAN_{field.upper()}`"
        lines.append(f"| {variable} | {unit(field)} | {default(info)} | {info.description} |")
    return "\n".join(lines) + "\n"


def unit(field: str) -> str:
    """The unit of a setting, as its name tells it."""
    ms = field.endswith("_ms")
    endings = (symbol for ending, symbol in _UNITS.items() if field.endswith(ending))
    return "ms" if ms else next(endings, "")


def default(info: FieldInfo) -> str:
    """A setting's default as one writes it into the environment."""
    if info.is_required():
        return "required"
    value = info.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", ()):
        return "empty"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def fill(markdown: str) -> str:
    """The page with every table made anew."""
    return _TABLE.sub(lambda found: f"{found[1]}{table(found[2])}{found[3]}", markdown)


def main() -> None:
    """Write the page, or with ``--check`` exit with 1 if a table is not true."""
    parser = argparse.ArgumentParser(prog="python -m tools.settings_table", description=__doc__)
    parser.add_argument("--check", action="store_true")
    present = TARGET.read_text(encoding="utf-8")
    if parser.parse_args().check:
        sys.exit(0 if fill(present) == present else 1)
    TARGET.write_text(fill(present), encoding="utf-8")


if __name__ == "__main__":
    main()
