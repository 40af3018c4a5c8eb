"""FAIM: what requirements.md says of it in numbers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments import discover, find
from instruments.validation import check_attributes
from models.instant import format_instant
from models.instrument import Instrument
from models.plan_text import write_plan
from models.schedule import Block, Schedule

START = datetime(2022, 2, 16, 18, 42, 24, 913000, tzinfo=UTC)


def oberpfaffenhofen() -> Instrument:
    instrument = find("faim_oberpfaffenhofen")
    assert instrument is not None
    return instrument


@pytest.fixture(params=["faim_oberpfaffenhofen", "faim_otlica"])
def faim(request: pytest.FixtureRequest) -> Instrument:
    instrument = find(request.param)
    assert instrument is not None
    return instrument


def event(milliseconds: int, **own: object) -> dict:
    end = START + timedelta(milliseconds=milliseconds)
    return {"start_time": format_instant(START), "end_time": format_instant(end), **own}


def static(
    milliseconds: int, photos: object, zenith: str = "0.000", azimuth: str = "0.000"
) -> dict:
    return event(milliseconds, zenith=zenith, azimuth=azimuth, number_of_photos=photos)


def pointers(faim: Instrument, kind: str, attributes: dict) -> list[str | None]:
    return [fault.pointer for fault in check_attributes(faim.event_types[kind], attributes)]


def test_sites() -> None:
    sites = {i.name: (i.site.latitude, i.site.longitude) for i in discover() if i.kind == "faim"}
    assert sites["faim_oberpfaffenhofen"] == (48.087, 11.280)
    assert sites["faim_otlica"] == (45.94, 13.91)


def test_both_are_planned_together_at_civil_darkness(faim: Instrument) -> None:
    assert (faim.group.name, faim.group.partition, faim.depression) == ("faim", 0, 6.0)


@given(milliseconds=st.integers(1, 300_000))
def test_a_scan_lasts_123_seconds_and_no_other_time(milliseconds: int) -> None:
    faim = oberpfaffenhofen()
    expected = [] if milliseconds == 123_000 else ["/end_time"]
    assert pointers(faim, "scan", event(milliseconds)) == expected


def test_a_scan_of_123_seconds_is_taken(faim: Instrument) -> None:
    assert pointers(faim, "scan", event(123_000)) == []


@given(milliseconds=st.integers(1, 86_400_000), photos=st.integers(1, 172_800))
def test_photos_are_twice_the_seconds(milliseconds: int, photos: int) -> None:
    faim = oberpfaffenhofen()
    fits = milliseconds == 500 * photos
    assert pointers(faim, "static", static(milliseconds, photos)) == (
        [] if fits else ["/number_of_photos"]
    )
    assert pointers(faim, "static", static(500 * photos, photos)) == []


def test_a_duration_that_no_number_of_photos_fills_is_said(faim: Instrument) -> None:
    (fault,) = check_attributes(faim.event_types["static"], static(10_250, 20))
    assert fault.detail == (
        "expected a duration that is a multiple of 0.5 s, the time of one picture, got 10.25 s"
    )


@given(thousandths=st.integers(0, 999_999))
def test_zenith_and_azimuth_have_limits(thousandths: int) -> None:
    faim = oberpfaffenhofen()
    angle = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    assert pointers(faim, "static", static(500, 1, zenith=angle)) == (
        [] if thousandths <= 70_000 else ["/zenith"]
    )
    assert pointers(faim, "static", static(500, 1, azimuth=angle)) == (
        [] if thousandths <= 360_000 else ["/azimuth"]
    )


@pytest.mark.parametrize(
    "angle",
    ["", "60", "60.", "60.3", "60.3000", ".300", "0060.300", "+6.300", "6e1.000", " 60.300"],
)
def test_angles_have_three_decimals(faim: Instrument, angle: str) -> None:
    assert pointers(faim, "static", static(500, 1, zenith=angle)) == ["/zenith"]


def test_its_plan_is_that_of_the_contract(faim: Instrument) -> None:
    dusk = datetime(2026, 11, 21, 15, 58, 12, tzinfo=UTC)
    blocks = (
        Block(
            id=UUID("5f0c1a52-3c5f-4cf5-9a3e-0a52f4ab1b11"),
            type="scan",
            start=datetime(2026, 11, 21, 16, 0, tzinfo=UTC),
            end=datetime(2026, 11, 21, 16, 2, 3, tzinfo=UTC),
            filler=True,
        ),
        Block(
            id=UUID("022539c2-4717-49b7-834e-91b5cae9653c"),
            type="static",
            start=datetime(2026, 11, 21, 16, 2, 3, tzinfo=UTC),
            end=datetime(2026, 11, 21, 16, 2, 13, tzinfo=UTC),
            attributes={"zenith": "60.300", "azimuth": "284.000", "number_of_photos": 20},
        ),
    )
    schedule = Schedule(
        instrument=faim.id,
        night=dusk.date(),
        dusk=dusk,
        dawn=datetime(2026, 11, 22, 5, 58, 40, tzinfo=UTC),
        revision=7,
        quality=None,
        blocks=blocks,
    )
    assert write_plan(faim, schedule) == (
        f"# nightplan {faim.name} 2026-11-21 revision 7 "
        "dusk 2026-11-21T15:58:12.000Z dawn 2026-11-22T05:58:40.000Z\n"
        "2026-11-21T16:00:00.000Z 2026-11-21T16:02:03.000Z scan - - - "
        "5f0c1a52-3c5f-4cf5-9a3e-0a52f4ab1b11\n"
        "2026-11-21T16:02:03.000Z 2026-11-21T16:02:13.000Z static 60.300 284.000 20 "
        "022539c2-4717-49b7-834e-91b5cae9653c\n"
    )
