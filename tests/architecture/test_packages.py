"""Our packages are ours: flat names that no other distribution gets in the way of.

See docs/decisions/0003-never-to-an-index.md.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("adapters", "api", "cli", "instruments", "migrations", "models", "scheduler", "sidecar")


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_the_one_of_this_checkout(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_process_of_its_own_finds_the_same(name: str) -> None:
    asked = [sys.executable, "-c", f"import {name}; print({name}.__file__)"]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).resolve() == ROOT / name / "__init__.py"


def test_every_package_is_shipped_and_has_its_import_rules() -> None:
    shipped = {
        entry.rstrip("*") for entry in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert set(PACKAGES) <= shipped
    assert set(PACKAGES) == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_no_index_would_take_it() -> None:
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]
