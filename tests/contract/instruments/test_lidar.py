"""The lidar: darkness, slews, changes of mode."""

from datetime import date, timedelta

import pytest

from instruments import find
from instruments.lidar_alomar.timing import Configuration
from models.instrument import Instrument
from models.night import Darkness, find_night


@pytest.fixture
def lidar() -> Instrument:
    instrument = find("lidar_alomar")
    assert instrument is not None
    return instrument


def configuration(lidar: Instrument, mode: str, zenith: str, azimuth: str) -> Configuration:
    made = lidar.setup_class("profile", {"mode": mode, "zenith": zenith, "azimuth": azimuth})
    assert isinstance(made, Configuration)
    return made


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        (("wind", "20.000", "90.000"), ("wind", "20.000", "90.000"), 0),
        (("wind", "20.000", "90.000"), ("wind", "20.001", "90.000"), 1),
        (("wind", "20.000", "90.000"), ("wind", "30.000", "90.000"), 5),
        (("wind", "20.000", "90.000"), ("wind", "30.000", "270.000"), 90),
        (("wind", "20.000", "350.000"), ("wind", "20.000", "010.000"), 10),
        (("wind", "20.000", "0.000"), ("wind", "20.000", "360.000"), 0),
        (("wind", "20.000", "90.000"), ("aerosol", "20.000", "90.000"), 120),
        (("temperature", "0.000", "0.000"), ("wind", "20.000", "90.001"), 166),
    ],
)
def test_setup(
    lidar: Instrument, before: tuple[str, str, str], after: tuple[str, str, str], seconds: int
) -> None:
    there, back = configuration(lidar, *before), configuration(lidar, *after)
    assert lidar.setup(there, back) == lidar.setup(back, there) == timedelta(seconds=seconds)


def test_setup_between_something_else_is_refused(lidar: Instrument) -> None:
    with pytest.raises(TypeError):
        lidar.setup(None, None)


def test_it_warms_up_for_twenty_minutes(lidar: Instrument) -> None:
    assert lidar.warm_up == timedelta(minutes=20)


def test_it_has_dark_winters_and_summers_without_darkness(lidar: Instrument) -> None:
    winter = find_night(lidar.site, date(2026, 12, 21), lidar.depression)
    summer = find_night(lidar.site, date(2026, 6, 21), lidar.depression)
    assert winter.darkness is Darkness.DARK
    assert summer.darkness is Darkness.NEVER_DARK


def test_it_is_planned_apart_from_faim(lidar: Instrument) -> None:
    assert (lidar.group.name, lidar.group.partition) == ("lidar", 1)
