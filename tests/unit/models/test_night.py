"""Nights: what holds for every site and date, and the borders."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.instant import MILLISECOND
from models.night import (
    DAY,
    FIRST_DATE,
    LAST_DATE,
    Darkness,
    Night,
    UnsupportedDate,
    current_night,
    date_of,
    find_night,
    noon,
)
from models.site import Site

OBERPFAFFENHOFEN = Site(name="Oberpfaffenhofen", latitude=48.087, longitude=11.280)
ALOMAR = Site(name="ALOMAR", latitude=69.278, longitude=16.009)
POLE = Site(name="North Pole", latitude=90.0, longitude=0.0)

sites = st.builds(
    Site, name=st.just("somewhere"), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)
)
dates = st.dates(FIRST_DATE, LAST_DATE)
dates_with_a_next = st.dates(FIRST_DATE, LAST_DATE - DAY)
depressions = st.sampled_from([0.0, 6.0, 12.0, 18.0])


def whole_milliseconds(instant: datetime) -> bool:
    return instant.microsecond % 1000 == 0 and instant.utcoffset() == timedelta(0)


def span(night: Night) -> tuple[datetime, datetime]:
    assert night.dusk is not None
    assert night.dawn is not None
    return night.dusk, night.dawn


@given(sites, dates, depressions)
def test_a_night_lies_between_its_noons(site: Site, day: date, depression: float) -> None:
    night = find_night(site, day, depression)
    assert (night.site, night.date, night.depression) == (site, day, depression)
    if night.darkness is Darkness.NEVER_DARK:
        assert night.dusk is None
        assert night.dawn is None
        return
    dusk, dawn = span(night)
    assert noon(site, day) <= dusk < dawn <= noon(site, day + DAY)
    assert whole_milliseconds(dusk)
    assert whole_milliseconds(dawn)
    whole = (dusk, dawn) == (noon(site, day), noon(site, day + DAY))
    assert (night.darkness is Darkness.ALWAYS_DARK) == whole


@given(sites, dates_with_a_next, depressions)
def test_nights_do_not_overlap(site: Site, day: date, depression: float) -> None:
    one, next_one = find_night(site, day, depression), find_night(site, day + DAY, depression)
    if one.dawn is not None and next_one.dusk is not None:
        assert one.dawn <= next_one.dusk


@given(sites, dates)
def test_a_deeper_night_lies_inside(site: Site, day: date) -> None:
    civil, nautical = find_night(site, day, 6.0), find_night(site, day, 12.0)
    if nautical.darkness is not Darkness.NEVER_DARK:
        assert civil.contains(*span(nautical))


@given(sites, dates)
def test_a_noon_begins_its_date(site: Site, day: date) -> None:
    begin = noon(site, day)
    assert whole_milliseconds(begin)
    assert date_of(site, begin) == day
    assert date_of(site, noon(site, day + DAY) - timedelta(microseconds=1)) == day


@given(sites, dates_with_a_next, st.timedeltas(timedelta(0), DAY), st.timedeltas(timedelta(0), DAY))
def test_the_current_night_never_goes_back(
    site: Site, day: date, first: timedelta, second: timedelta
) -> None:
    assume(day + DAY < LAST_DATE)
    earlier, later = sorted((noon(site, day) + first, noon(site, day) + second))
    assert current_night(site, earlier).date <= current_night(site, later).date
    current = current_night(site, earlier)
    assert current.date in (day, day + DAY, day + 2 * DAY)
    assert current.dawn is None or earlier < current.dawn


@settings(max_examples=25)
@given(sites, st.timezones(), dates)
def test_other_time_zones_name_the_same_instant(site: Site, zone: timezone, day: date) -> None:
    instant = noon(site, day) + timedelta(hours=3)
    assume(FIRST_DATE < day < LAST_DATE)
    assert date_of(site, instant.astimezone(zone)) == day


def test_the_night_of_the_reference_event() -> None:
    night = find_night(OBERPFAFFENHOFEN, date(2022, 2, 16))
    dusk, dawn = span(night)
    assert (
        datetime(2022, 2, 16, 17, 4, tzinfo=UTC) < dusk < datetime(2022, 2, 16, 17, 14, tzinfo=UTC)
    )
    assert (
        datetime(2022, 2, 17, 5, 38, tzinfo=UTC) < dawn < datetime(2022, 2, 17, 5, 50, tzinfo=UTC)
    )


def test_contains_takes_both_ends() -> None:
    night = find_night(OBERPFAFFENHOFEN, date(2022, 2, 16))
    dusk, dawn = span(night)
    assert night.contains(dusk, dawn)
    assert not night.contains(dusk - MILLISECOND, dawn)
    assert not night.contains(dusk, dawn + MILLISECOND)


def test_nothing_lies_in_a_night_without_darkness() -> None:
    night = find_night(ALOMAR, date(2026, 6, 21), 18.0)
    assert night.darkness is Darkness.NEVER_DARK
    begin = noon(ALOMAR, night.date)
    assert not night.contains(begin, begin + DAY)


def test_a_night_without_darkness_is_current_until_the_next_noon() -> None:
    day = date(2026, 6, 21)
    last = noon(ALOMAR, day + DAY) - MILLISECOND
    assert current_night(ALOMAR, last).date == day
    assert current_night(ALOMAR, last + MILLISECOND).date == day + DAY


def test_from_dawn_on_the_next_night_is_the_current_one() -> None:
    night = find_night(OBERPFAFFENHOFEN, date(2026, 11, 21))
    dawn = span(night)[1]
    assert current_night(OBERPFAFFENHOFEN, dawn - MILLISECOND) == night
    assert current_night(OBERPFAFFENHOFEN, dawn).date == date(2026, 11, 22)


def test_the_last_evening_at_the_pole_runs_until_noon() -> None:
    """Where the Sun sinks below the level and does not come back, the noon ends the night."""
    nights = [find_night(POLE, date(2026, 9, 22) + n * DAY) for n in range(30)]
    first_dark = next(n for n in nights if n.darkness is not Darkness.NEVER_DARK)
    assert first_dark.darkness is Darkness.DARK
    assert first_dark.dawn == noon(POLE, first_dark.date + DAY)
    assert nights[-1].darkness is Darkness.ALWAYS_DARK


@pytest.mark.parametrize("longitude", [-180.0, 180.0])
def test_the_date_line_has_a_night_on_either_side(longitude: float) -> None:
    site = Site(name="date line", latitude=0.0, longitude=longitude)
    day = date(2026, 3, 20)
    assert noon(site, day) == datetime(2026, 3, 20, 12, tzinfo=UTC) - timedelta(
        hours=longitude / 15
    )
    dusk, dawn = span(find_night(site, day))
    assert timedelta(hours=11) < dawn - dusk < timedelta(hours=12)


@pytest.mark.parametrize("day", [FIRST_DATE - DAY, LAST_DATE + DAY, date.min, date.max])
def test_dates_out_of_range_are_refused(day: date) -> None:
    with pytest.raises(UnsupportedDate) as caught:
        find_night(OBERPFAFFENHOFEN, day)
    assert caught.value.asked == day


@pytest.mark.parametrize("year", [1, 1899, 2101, 9999])
@pytest.mark.parametrize("longitude", [-180.0, 0.0, 180.0])
def test_instants_out_of_range_are_refused(year: int, longitude: float) -> None:
    site = Site(name="x", latitude=0.0, longitude=longitude)
    for instant in (
        datetime(year, 1, 1, tzinfo=UTC),
        datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ):
        with pytest.raises(UnsupportedDate):
            date_of(site, instant)
        with pytest.raises(UnsupportedDate):
            current_night(site, instant)


def test_first_and_last_date_are_supported() -> None:
    for day in (FIRST_DATE, LAST_DATE):
        assert find_night(OBERPFAFFENHOFEN, day).darkness is Darkness.DARK


def test_a_night_is_found_once() -> None:
    night = find_night(OBERPFAFFENHOFEN, date(2026, 1, 1))
    assert find_night(OBERPFAFFENHOFEN, date(2026, 1, 1)) is night
