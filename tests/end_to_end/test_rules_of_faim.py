"""The rules E1 to E5 of FAIM's events over HTTP: each with its code and its pointer."""

from __future__ import annotations

import pytest

from tests.end_to_end.asking import Asker, changed, expect, scan, static
from tests.end_to_end.nights import OTLICA, Night, Nights

START, END = "/data/attributes/start_time", "/data/attributes/end_time"
PHOTOS = "/data/attributes/number_of_photos"


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all; every event that is accepted has its own time in it."""
    return nights.take()


@pytest.mark.parametrize("seconds", [122.999, 123.001, 122, 124, 246, 0.001, 12_300])
def test_e1_a_scan_takes_exactly_123_s(ask: Asker, night: Night, seconds: float) -> None:
    document = {"data": scan(night, 600, seconds)}
    response = ask.send("POST", night, document)
    [error] = expect(response, 400, ("duration-mismatch", END), document=document)
    assert "123 s" in error["detail"]


def test_e1_a_scan_of_123_s_is_added(ask: Asker, nights: Nights, night: Night) -> None:
    ask.add(night, scan(night, 600))
    ask.add(night, scan(night, 1000.5))
    other = nights.take(OTLICA)
    ask.add(other, scan(other, 600))


@pytest.mark.parametrize(
    ("seconds", "photos"),
    [(1, 1), (1, 3), (10, 10), (10, 21), (10, 19), (0.5, 2), (500, 500), (0.25, 1), (1.2, 2)],
)
def test_e2_two_photos_a_second(ask: Asker, night: Night, seconds: float, photos: int) -> None:
    document = {"data": static(night, 600, seconds, number_of_photos=photos)}
    response = ask.send("POST", night, document)
    expect(response, 400, ("duration-mismatch", PHOTOS), document=document)


@pytest.mark.parametrize(("start", "seconds"), [(2000, 0.5), (2010, 1), (2020, 1.5), (2030, 500)])
def test_e2_the_right_number_of_photos(
    ask: Asker, night: Night, start: float, seconds: float
) -> None:
    ask.add(night, static(night, start, seconds))


@pytest.mark.parametrize(
    "photos", [0, -2, 20.0, 20.5, "20", True, None, [20], 172_801, 10**30], ids=repr
)
def test_e2_photos_are_a_whole_number(ask: Asker, night: Night, photos: object) -> None:
    document = {"data": static(night, 600, 10, number_of_photos=photos)}
    expect(ask.send("POST", night, document), 400, ("schema", PHOTOS), document=document)


@pytest.mark.parametrize(
    ("number", "name", "angle"),
    [
        (0, "zenith", "0.000"), (1, "zenith", "70.000"), (2, "zenith", "000.000"),
        (3, "zenith", "07.500"), (4, "azimuth", "0.000"), (5, "azimuth", "360.000"),
        (6, "azimuth", "359.999"), (7, "azimuth", "007.000"),
    ],
)  # fmt: skip
def test_e3_angles_up_to_their_limits(
    ask: Asker, night: Night, number: int, name: str, angle: str
) -> None:
    event = static(night, 3000 + 20 * number, 10, **{name: angle})
    ask.add(night, event)
    assert ask.event(night, event["id"])["attributes"][name] == angle


@pytest.mark.parametrize(
    ("name", "angle"),
    [
        ("zenith", "70.001"), ("zenith", "071.000"), ("zenith", "360.000"), ("zenith", "999.999"),
        ("azimuth", "360.001"), ("azimuth", "999.999"), ("azimuth", "361.000"),
    ],
)  # fmt: skip
def test_e3_angles_beyond_their_limits(ask: Asker, night: Night, name: str, angle: str) -> None:
    document = {"data": static(night, 600, 10, **{name: angle})}
    response = ask.send("POST", night, document)
    expect(response, 400, ("outside-limits", f"/data/attributes/{name}"), document=document)


@pytest.mark.parametrize("name", ["zenith", "azimuth"])
@pytest.mark.parametrize(
    "angle",
    [
        "60.3", "60.30", "60.3000", "60", ".300", "60.", "0060.300", "-0.001", "+60.300", " 60.300",
        "60.300 ", "60.300\n", "60,300", "6e1", "NaN", "", "٦٠.٣٠٠", "６０.３００", "60.300°", 60.3,
        60, None, True, ["60.300"], {"degrees": 60}, "0x3c.300", "1_0.000",
    ],
    ids=repr,
)  # fmt: skip
def test_e3_angles_have_one_form(ask: Asker, night: Night, name: str, angle: object) -> None:
    document = {"data": static(night, 600, 10, **{name: angle})}
    response = ask.send("POST", night, document)
    expect(response, 400, ("schema", f"/data/attributes/{name}"), document=document)


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2027-03-01T20:00:00+00:00", "not-utc"), ("2027-03-01T20:00:00-00:00", "not-utc"),
        ("2027-03-01T20:00:00.000+01:00", "not-utc"), ("2027-03-01T20:00:00", "not-utc"),
        ("2027-03-01T20:00:00.5", "not-utc"), ("2027-03-01T20:00:00+0000", "not-utc"),
        ("2027-03-01t20:00:00Z", "schema"), ("2027-03-01T20:00:00z", "schema"),
        ("2027-03-01 20:00:00Z", "schema"), ("2027-03-01T20:00:00.0000Z", "schema"),
        ("2027-03-01T20:00:00.Z", "schema"), ("2027-03-01T20:00:00,5Z", "schema"),
        ("2027-03-01T20:00Z", "schema"), ("2027-03-01T20Z", "schema"), ("2027-03-01", "schema"),
        ("20270301T200000Z", "schema"), ("2027-W09-1T20:00:00Z", "schema"),
        ("2027-02-30T20:00:00Z", "schema"), ("2027-02-29T20:00:00Z", "schema"),
        ("2027-13-01T20:00:00Z", "schema"), ("2027-00-01T20:00:00Z", "schema"),
        ("2027-03-00T20:00:00Z", "schema"), ("2027-03-01T24:00:00Z", "schema"),
        ("2027-03-01T23:59:60Z", "schema"), ("2027-03-01T20:60:00Z", "schema"),
        ("0000-03-01T20:00:00Z", "schema"), ("12027-03-01T20:00:00Z", "schema"),
        ("-2027-03-01T20:00:00Z", "schema"), ("27-03-01T20:00:00Z", "schema"),
        ("2027-03-01T20:00:00Z ", "schema"), (" 2027-03-01T20:00:00Z", "schema"),
        ("2027-03-01T20:00:00Z\n", "schema"), ("٢٠٢٧-03-01T20:00:00Z", "schema"),
        ("2027-03-01T20:00:00 Z", "schema"), ("now", "schema"), ("", "schema"),
        (1_804_000_000, "schema"), (None, "schema"), (True, "schema"), ([], "schema"),
    ],
    ids=repr,
)  # fmt: skip
def test_e4_times_have_one_form(ask: Asker, night: Night, time: object, code: str) -> None:
    event = static(night, 600, 10)
    for name in ("start_time", "end_time"):
        document = {"data": changed(event, **{name: time})}
        pointer = f"/data/attributes/{name}"
        expect(ask.send("POST", night, document), 400, (code, pointer), document=document)


def test_e4_decimals_may_be_left_out(ask: Asker, night: Night) -> None:
    whole = round(night.dusk.timestamp()) + 5000
    start = whole - night.dusk.timestamp()
    for number, cut in enumerate((".000Z", "00Z", "0Z")):
        event = static(night, start + 20 * number, 10)
        times = {
            name: event["attributes"][name].removesuffix(cut) + "Z"
            for name in ("start_time", "end_time")
        }
        ask.add(night, changed(event, **times))
        # What comes out has always three.
        assert ask.event(night, event["id"])["attributes"] == event["attributes"]


@pytest.mark.parametrize("seconds", [0, -0.001, -123, -86_400])
def test_e4_the_end_comes_after_the_start(ask: Asker, night: Night, seconds: float) -> None:
    event = static(night, 600, 10)
    document = {"data": changed(event, end_time=night.after_dusk(600 + seconds))}
    expect(ask.send("POST", night, document), 400, ("end-before-start", END), document=document)
    document = {"data": scan(night, 600, seconds)}
    expect(ask.send("POST", night, document), 400, ("end-before-start", END), document=document)
