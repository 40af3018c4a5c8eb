"""Scaffold: wishes that cannot be fulfilled; tests/integration/cli makes a real one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.exits import Failure, UsageFault
from cli.scaffold import Wishes, scaffold
from instruments import discover
from models.instrument import Instrument, SchedulingGroup
from models.topic import PARTITIONS

GOOD = Wishes(name="radar_x", title="", site="", latitude=48.0, longitude=11.0, depression=6.0)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder of instruments in a checkout."""
    (tmp_path / "pyproject.toml").touch()
    found = tmp_path / "instruments"
    (found / "lidar_alomar").mkdir(parents=True)
    (found / "fields.py").touch()
    return found


def refusal(package: Path, wishes: Wishes, installed: tuple[Instrument, ...] = ()) -> str:
    before = sorted(package.rglob("*"))
    with pytest.raises(UsageFault) as caught:
        scaffold(wishes, package, installed or discover())
    assert sorted(package.rglob("*")) == before
    return caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Radar",
        "_radar",
        "1radar",
        "a-b",
        "a__b",
        "a_",
        "class",
        "../evil",
        "x" * 41,
        "ä",
        "a\n",
    ],
)
def test_a_bad_name(package: Path, name: str) -> None:
    assert "expected a name such as radar_juliusruh" in refusal(package, replace(GOOD, name=name))


@pytest.mark.parametrize("name", ["lidar_alomar", "fields"])
def test_a_name_that_is_there(package: Path, name: str) -> None:
    assert f"there is instruments/{name} already" in refusal(package, replace(GOOD, name=name))


def test_a_name_that_is_a_kind_or_a_group(package: Path) -> None:
    assert "choose another" in refusal(package, replace(GOOD, name="faim"))


@pytest.mark.parametrize("text", ['a "quoted" one', "back\\slash", "x" * 61, "a\nb", "\x1b[2J"])
def test_a_text_that_no_file_should_hold(package: Path, text: str) -> None:
    assert "--title" in refusal(package, replace(GOOD, title=text))
    assert "--site" in refusal(package, replace(GOOD, site=text))


@pytest.mark.parametrize("value", [91.0, -91.0, float("nan"), float("inf")])
def test_a_place_that_is_none(package: Path, value: float) -> None:
    assert "--latitude" in refusal(package, replace(GOOD, latitude=value))


def test_all_partitions_taken(package: Path) -> None:
    one = discover()[0]
    crowd = tuple(
        replace(one, group=SchedulingGroup(name=f"g{n}", partition=n)) for n in range(PARTITIONS)
    )
    assert "partitions" in refusal(package, GOOD, crowd)


def test_no_checkout(package: Path) -> None:
    (package.parent / "pyproject.toml").unlink()
    assert "no checkout" in refusal(package, GOOD)


def test_nothing_is_left_where_the_generators_fail(package: Path) -> None:
    (package.parent / "api.py").write_text("raise SystemExit('broken')")
    (package / "__init__.py").write_text("raise SystemExit('broken')")
    with pytest.raises(Failure, match="the instrument was not made: broken"):
        scaffold(GOOD, package, discover())
    assert not (package / GOOD.name).exists()
