"""Rules of style.md that no linter can express, each with its reason.

- Only ``adapters.process`` reads the environment or the machine's clock: everything
  else gets settings and time from outside, so that it can be tested.
- No module is called utils, helpers, common, base or manager: such a name says
  nothing about what is in it, and so everything ends up there.
- No HTTP status outside ``api``: the errors of models are about facts, and what a
  client sees of them is decided in one place.
- Nothing happens at import: no module connects, opens or starts anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("models", "instruments", "scheduler", "api", "sidecar", "adapters", "cli")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager"}
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
         ("time", "time")}  # fmt: skip
ENVIRONMENT = {("os", "environ"), ("os", "getenv")}


def modules() -> Iterator[Path]:
    """Every module of the project's packages."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def dotted_uses(path: Path) -> Iterator[tuple[str, str, int]]:
    """Every ``name.attribute`` in a module, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr, node.lineno


def test_there_are_modules_to_look_at() -> None:
    assert len(list(modules())) > 50


@pytest.mark.parametrize(
    ("uses", "what"), [(CLOCK, "the machine's clock"), (ENVIRONMENT, "the environment")]
)
def test_only_the_process_adapters_touch(uses: set[tuple[str, str]], what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} uses {name}.{attribute}"
        for path in modules()
        if path.parent != ROOT / "adapters" / "process"
        for name, attribute, line in dotted_uses(path)
        if (name, attribute) in uses
    ]
    assert found == [], f"only adapters.process reads {what}"


def test_module_names_say_what_is_inside() -> None:
    found = [str(path.relative_to(ROOT)) for path in modules() if path.stem in FORBIDDEN_NAMES]
    assert found == []


def test_http_status_codes_are_the_apis_business() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.relative_to(ROOT).parts[0] in {"models", "instruments", "scheduler"}
        and "status_code" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_every_module_has_a_docstring() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in modules()
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert found == []
