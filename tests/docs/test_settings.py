"""docs/settings.md: every variable of every process, as the models have it."""

from __future__ import annotations

import re

import pytest

from adapters.process import settings
from tools.local_system import ROOT
from tools.settings_table import MODELS, TARGET, default, fill, table

PAGE = TARGET.read_text(encoding="utf-8")


def test_the_tables_are_the_generated_ones() -> None:
    assert fill(PAGE) == PAGE, "run python -m tools.settings_table"


def test_every_process_has_its_table() -> None:
    public = {
        name
        for name, value in vars(settings).items()
        if name.endswith("Settings") and name[0] != "_" and value.__module__ == settings.__name__
    }
    assert public == MODELS.keys()
    assert re.findall(r"<!-- begin (\w+) -->", PAGE) == list(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_is_described(name: str) -> None:
    for field, info in MODELS[name].model_fields.items():
        assert info.description, f"{name}.{field}"
        assert f"`NIGHTPLAN_{field.upper()}`" in table(name)
        assert default(info)


@pytest.mark.parametrize("name", MODELS)
def test_the_table_shows_no_value_but_the_default(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTPLAN_GATEWAY_PROOF", "a-secret-of-this-machine")
    monkeypatch.setenv("NIGHTPLAN_LOG_LEVEL", "debug")
    assert table(name) in PAGE


def test_other_variables_of_the_page_are_used_somewhere() -> None:
    own = {
        f"NIGHTPLAN_{field.upper()}" for model in MODELS.values() for field in model.model_fields
    }
    named = set(re.findall(r"`(NIGHTPLAN_[A-Z_]+)`", PAGE)) - own
    sources = [
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "adapters").rglob("*.py"),
        ROOT / ".ci" / "run",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert {name for name in named if name not in text} == set()
