"""The committed JSON Schemas are those that the models generate."""

from pathlib import Path

import pytest

from instruments import schemas


def test_committed_schemas_are_up_to_date() -> None:
    assert schemas.find_drift() == [], "run python -m instruments.schemas --write"


def test_writing_brings_a_folder_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    assert schemas.find_drift(folder) == sorted(schemas.render_all())
    folder.mkdir()
    (folder / "gone.json").write_text("{}")
    assert "gone.json" in schemas.find_drift(folder)
    schemas.write(folder)
    assert schemas.find_drift(folder) == []


def test_the_command_says_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    schemas.write(tmp_path)
    (tmp_path / "faim.scan.json").write_text("{}")
    monkeypatch.setattr(schemas.find_drift, "__defaults__", (tmp_path,))
    monkeypatch.setattr(schemas.write, "__defaults__", (tmp_path,))
    assert schemas.main([]) == 1
    assert capsys.readouterr().err.startswith("faim.scan.json is not up to date")
    assert schemas.main(["--write"]) == 0
