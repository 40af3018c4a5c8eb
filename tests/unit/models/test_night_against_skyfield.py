"""Dusk and dawn against Skyfield with the ephemeris DE421: at most 10 s apart.

Skyfield says how high the Sun stands 10 s before and 10 s after our dusk; if that is once
above and once below the level, the true dusk lies in between, grazing or not. Nothing is
downloaded: skyfield-data brings the files.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray
from skyfield.api import Loader, wgs84

from models.night import DAY, Darkness, Night, find_night, noon
from models.site import Site

TOLERANCE = timedelta(seconds=10)
DEPRESSIONS = (6.0, 12.0, 18.0)
SITES = (
    Site(name="Oberpfaffenhofen", latitude=48.087, longitude=11.280),
    Site(name="Otlica", latitude=45.940, longitude=13.910),
    Site(name="ALOMAR", latitude=69.278, longitude=16.009),
    Site(name="70° S", latitude=-70.0, longitude=-8.25),
    Site(name="Quito", latitude=0.0, longitude=-78.5),
    Site(name="La Silla", latitude=-29.257, longitude=-70.738),
    Site(name="180° E", latitude=52.0, longitude=180.0),
    Site(name="180° W", latitude=-17.0, longitude=-180.0),
    Site(name="Lauder", latitude=-45.038, longitude=169.684),
    Site(name="Mauna Kea", latitude=19.826, longitude=-155.471),
    Site(name="Fairbanks", latitude=64.859, longitude=-147.835),
)

Altitude = Callable[[Site, list[datetime]], NDArray[np.float64]]


@pytest.fixture(scope="session")
def altitude() -> Iterator[Altitude]:
    """Degrees of the Sun's centre above the horizon, without refraction, by Skyfield."""
    # skyfield_data.get_skyfield_data_path() warns when a file unused here has expired.
    folder = files("skyfield_data") / "data"
    load = Loader(str(folder), expire=False, verbose=False)
    clock = load.timescale(builtin=True)
    planets = load("de421.bsp")

    def measure(site: Site, instants: list[datetime]) -> NDArray[np.float64]:
        place = planets["earth"] + wgs84.latlon(site.latitude, site.longitude)
        apparent = place.at(clock.from_datetimes(instants)).observe(planets["sun"]).apparent()
        degrees: NDArray[np.float64] = apparent.altaz()[0].degrees
        return degrees

    yield measure
    planets.close()


def nights_of(year: int, site: Site, depression: float) -> list[Night]:
    first = date(year, 1, 1)
    return [find_night(site, first + n * DAY, depression) for n in range(365)]


def assert_crossings(
    altitude: Altitude, site: Site, depression: float, instants: list[datetime], falling: bool
) -> None:
    """The Sun crosses the level within 10 s of each instant."""
    before = altitude(site, [instant - TOLERANCE for instant in instants]) + depression
    after = altitude(site, [instant + TOLERANCE for instant in instants]) + depression
    crossed = (before > 0) & (after < 0) if falling else (before < 0) & (after > 0)
    assert crossed.all(), [instants[i] for i in np.flatnonzero(~crossed)]


@pytest.mark.parametrize("depression", DEPRESSIONS)
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_dusk_and_dawn_are_within_ten_seconds(
    site: Site, depression: float, altitude: Altitude
) -> None:
    nights = nights_of(2026, site, depression)
    dark = [night for night in nights if night.darkness is Darkness.DARK]
    dusks = [night.dusk for night in dark if night.dusk is not None]
    dawns = [night.dawn for night in dark if night.dawn is not None]
    assert len(dusks) == len(dawns) == len(dark) > 180
    assert_crossings(altitude, site, depression, dusks, falling=True)
    assert_crossings(altitude, site, depression, dawns, falling=False)


@pytest.mark.parametrize("depression", DEPRESSIONS)
@pytest.mark.parametrize(
    "site",
    [site for site in SITES if abs(site.latitude) > 45],
    ids=lambda site: site.name,
)
def test_a_night_that_is_never_dark_has_no_dark_minute(
    site: Site, depression: float, altitude: Altitude
) -> None:
    nights = [
        night
        for night in nights_of(2026, site, depression)
        if night.darkness is Darkness.NEVER_DARK
    ]
    # The Sun is lowest within 17 min of the mean midnight; every 2 min are within 0.0003°.
    around_midnight = [timedelta(hours=12, minutes=minute) for minute in range(-18, 19, 2)]
    # Only nights next to dark ones can be doubtful.
    border = [night for night in nights if _beside_a_dark_one(night)]
    instants = [noon(site, night.date) + span for night in border for span in around_midnight]
    if instants:
        assert (altitude(site, instants) + depression).min() > -0.001


def _beside_a_dark_one(night: Night) -> bool:
    neighbours = (night.date + step for step in (-DAY, DAY))
    return any(
        find_night(night.site, day, night.depression).darkness is Darkness.DARK
        for day in neighbours
    )


@pytest.mark.parametrize("year", [1975, 1990, 2010, 2050])
def test_other_years_are_as_exact(year: int, altitude: Altitude) -> None:
    site = SITES[2]
    dark = [n for n in nights_of(year, site, 6.0) if n.darkness is Darkness.DARK]
    dusks = [night.dusk for night in dark if night.dusk is not None]
    assert_crossings(altitude, site, 6.0, dusks, falling=True)


def test_the_polar_night_is_always_dark(altitude: Altitude) -> None:
    site = Site(name="Ny-Ålesund", latitude=78.923, longitude=11.923)
    night = find_night(site, date(2026, 12, 21))
    assert night.darkness is Darkness.ALWAYS_DARK
    hours = [noon(site, night.date) + timedelta(hours=hour) for hour in range(25)]
    assert (altitude(site, hours) < -6).all()
