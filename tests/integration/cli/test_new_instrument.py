"""``nightplan instruments new``: what it makes keeps every rule at once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

ROOT = Path(__file__).resolve().parents[3]
NEEDED = (
    "adapters",
    "api",
    "cli",
    "instruments",
    "models",
    "openapi",
    "tests/contract/instruments",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what there is."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in NEEDED:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=checkout, capture_output=True, text=True, env={}
    )


def new(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "cli", "instruments", "new", *arguments)


def test_a_new_instrument_conforms(checkout: Path) -> None:
    before = (checkout / "openapi" / "api.json").read_text()
    done = new(checkout, "radar_x", "--title", "Radar at Andøya", "--latitude", "69.3")
    assert done.returncode == 0, done.stderr
    assert "instruments/radar_x/site.py" in done.stdout
    assert (checkout / "openapi" / "schemas" / "radar_x.observation.json").is_file()
    assert (checkout / "openapi" / "api.json").read_text() != before
    found = {r["attributes"]["name"]: r for r in listed(checkout)}
    assert UUID(found["radar_x"]["id"]).version == 4
    groups = [r["attributes"]["group"] for r in found.values()]
    assert found["radar_x"]["attributes"]["group"] == {"name": "radar_x", "partition": 2}
    assert len({(g["name"], g["partition"]) for g in groups}) == 3
    suite = "radar_x or schema or discover or agree or kind"
    tested = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", "-k", suite,
                 "tests/contract/instruments")  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    linted = run(checkout, "ruff", "check", "instruments")
    assert linted.returncode == 0, linted.stdout
    assert run(checkout, "ruff", "format", "--check", "instruments").returncode == 0


def listed(checkout: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(checkout, "cli", "instruments", "--json").stdout)[
        "data"
    ]
    return found


def test_a_bad_name_is_refused_and_changes_nothing(checkout: Path) -> None:
    before = sorted(path.name for path in (checkout / "instruments").iterdir())
    done = new(checkout, "../evil")
    assert done.returncode == 2
    assert done.stderr.startswith("nightplan: expected a name such as")
    assert sorted(path.name for path in (checkout / "instruments").iterdir()) == before
