"""Discovery: which instruments there are, and contradictions between them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

import instruments
from instruments import InconsistentInstruments, discover, find, find_contradictions
from models.instrument import Instrument, SchedulingGroup


@pytest.fixture
def faim() -> Instrument:
    instrument = find("faim_oberpfaffenhofen")
    assert instrument is not None
    return instrument


@pytest.fixture
def forgetful() -> Iterator[None]:
    """What is discovered in a test is forgotten after it."""
    yield
    discover.cache_clear()


def test_public_folders_are_instruments_sorted_by_name() -> None:
    names = [instrument.name for instrument in discover()]
    assert names == sorted(names)
    assert {"faim_oberpfaffenhofen", "faim_otlica", "lidar_alomar"} <= set(names)
    assert discover() is discover()


@pytest.mark.parametrize("name", ["_faim", "validation", "", "FAIM_OTLICA", "\x00", str(uuid4())])
def test_other_names_find_nothing(name: str) -> None:
    assert find(name) is None


def test_ids_are_never_changed() -> None:
    ids = {instrument.name: str(instrument.id) for instrument in discover()}
    first = {
        "faim_oberpfaffenhofen": "c7733ec3-a799-4c11-aa97-b344e60aafad",
        "faim_otlica": "9ac60a57-1193-474f-b3c9-30a6a067d563",
        "lidar_alomar": "b96f987b-dda2-4de9-8ece-35a23621e16a",
    }
    assert first.items() <= ids.items()


def test_installed_instruments_agree() -> None:
    assert find_contradictions(discover()) == []


def test_an_id_used_twice_is_found(faim: Instrument) -> None:
    assert find_contradictions([faim, replace(faim, name="copy")]) == [
        "copy has the id of faim_oberpfaffenhofen"
    ]


def test_a_name_used_twice_is_found(faim: Instrument) -> None:
    assert find_contradictions([faim, replace(faim, id=uuid4())]) == [
        "the name faim_oberpfaffenhofen is used twice"
    ]


def test_a_group_with_two_partitions_is_found(faim: Instrument) -> None:
    other = replace(faim, id=uuid4(), name="other", group=SchedulingGroup(name="faim", partition=7))
    assert find_contradictions([faim, other]) == ["the group faim has the partitions 0 and 7"]


def test_a_partition_with_two_groups_is_found(faim: Instrument) -> None:
    other = replace(
        faim, id=uuid4(), name="other", group=SchedulingGroup(name="radar", partition=0)
    )
    assert find_contradictions([faim, other]) == [
        "partition 0 belongs to the groups faim and radar"
    ]


@pytest.mark.usefixtures("forgetful")
def test_a_name_that_is_not_the_folders_is_refused(
    faim: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("instruments.anything")
    module.INSTRUMENT = faim  # type: ignore[attr-defined]
    monkeypatch.setattr(instruments.importlib, "import_module", lambda _: module)
    discover.cache_clear()
    with pytest.raises(InconsistentInstruments) as caught:
        discover()
    assert "the folder faim_otlica declares the name faim_oberpfaffenhofen" in (
        caught.value.contradictions
    )


def test_a_folder_elsewhere_on_the_path_counts(tmp_path: Path) -> None:
    folder = tmp_path / "instruments" / "faim_elsewhere"
    folder.mkdir(parents=True)
    (tmp_path / "instruments" / "__init__.py").touch()
    (folder / "__init__.py").write_text(
        "from dataclasses import replace\n"
        "from uuid import UUID\n"
        "from instruments.faim_otlica import INSTRUMENT as FAIM\n"
        "from models.instrument import SchedulingGroup\n"
        "INSTRUMENT = replace(FAIM, name='faim_elsewhere',\n"
        "    id=UUID('0b0f0e56-29d5-4f1c-9a55-0f6d3c9f5a01'),\n"
        "    group=SchedulingGroup(name='elsewhere', partition=9))\n"
    )
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import instruments; print(*(i.name for i in instruments.discover()))",
        ],
        cwd=Path(instruments.__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    names = [instrument.name for instrument in discover()]
    assert found.stdout.split() == sorted([*names, "faim_elsewhere"])
