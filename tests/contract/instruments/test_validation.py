"""Validation: every fault at once, in its place, and nothing that makes it raise."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments import discover, find
from instruments.validation import MOST_UNKNOWN, canonical, check_attributes
from models.errors import Fault, Reason
from models.instrument import EventType

FAIM = find("faim_oberpfaffenhofen")
assert FAIM is not None
STATIC = FAIM.event_types["static"]
SCAN = FAIM.event_types["scan"]
EVENT_TYPES = [kind for instrument in discover() for kind in instrument.event_types.values()]

GOOD = {
    "start_time": "2022-02-16T18:42:24.913Z",
    "end_time": "2022-02-16T18:42:25.913Z",
    "zenith": "60.300",
    "azimuth": "284.000",
    "number_of_photos": 2,
}

text = st.text(st.characters(codec=None, categories=None), max_size=30)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**6000)
    | st.floats()
    | text
    | st.sampled_from(["\x00", "\ud800", "60.300\n", "٦٠.٣٠٠", "9999-12-31T23:59:59.999Z"])
    | st.sampled_from(["0001-01-01T00:00:00Z", "2022-02-16T18:42:24.913Z", "60.300", "NaN"])
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4)
)
names = st.sampled_from([*GOOD, "mode", "zenit", "a/b~c", "", "\ud800"]) | text


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def faults(event_type: EventType = STATIC, **changes: Any) -> list[tuple[str, str | None]]:
    found = check_attributes(event_type, {**GOOD, **changes})
    return [(str(fault.reason), fault.pointer) for fault in found]


def well_made(found: list[Fault], attributes: object) -> None:
    """Faults can be sent, and point at something that is there."""
    for fault in found:
        json.dumps(fault.model_dump(mode="json")).encode("ascii")
        assert fault.detail.isprintable()
        assert len(fault.detail) < 400
        assert fault.pointer is not None
        if fault.pointer:
            assert isinstance(attributes, dict)
            token = fault.pointer.split("/")[1].replace("~1", "/").replace("~0", "~")
            assert token in attributes


@settings(max_examples=300)
@given(json_values, st.sampled_from(EVENT_TYPES))
def test_no_value_makes_it_raise(value: object, event_type: EventType) -> None:
    well_made(check_attributes(event_type, value), value)


@settings(max_examples=200)
@given(st.dictionaries(names, json_values, max_size=7), st.sampled_from(EVENT_TYPES))
def test_no_attributes_make_it_raise(attributes: dict, event_type: EventType) -> None:
    well_made(check_attributes(event_type, attributes), attributes)


@settings(max_examples=300)
@given(st.sampled_from(sorted(GOOD)), json_values)
def test_one_wrong_attribute_is_the_only_one_blamed(name: str, value: object) -> None:
    attributes = {**GOOD, name: value}
    found = check_attributes(STATIC, attributes)
    well_made(found, attributes)
    duration = {"/end_time", "/number_of_photos"}
    times = name in ("start_time", "end_time")
    blamed = {fault.pointer for fault in found}
    assert blamed <= {f"/{name}"} | (duration if times else set())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(nested(100_000), id="100,000 levels"),
        pytest.param([0] * 500_000, id="500,000 members"),
        pytest.param(10**100_000, id="100,001 digits"),
        pytest.param("9" * 1_000_000, id="a million characters"),
        pytest.param(float("nan"), id="NaN"),
        pytest.param(float("-inf"), id="-Infinity"),
        pytest.param({"a": nested(50_000)}, id="deep in an object"),
    ],
)
@pytest.mark.parametrize("name", [*GOOD, "unknown"])
def test_values_beyond_all_limits_are_faults(name: str, value: object) -> None:
    begin = time.perf_counter()
    found = faults(**{name: value})
    assert time.perf_counter() - begin < 0.5
    assert found == [("schema", f"/{name}")]


@pytest.mark.parametrize("value", [None, [], [GOOD], "x", 1, 1.5, True, nested(100_000)])
def test_attributes_are_an_object(value: object) -> None:
    (fault,) = check_attributes(STATIC, value)
    assert (fault.reason, fault.pointer) == (Reason.SCHEMA, "")


@pytest.mark.parametrize("value", [True, False, 2.0, "2", None, [2], {"value": 2}, 2.5, 1e300])
def test_only_an_integer_is_an_integer(value: object) -> None:
    assert faults(number_of_photos=value) == [("schema", "/number_of_photos")]


def test_a_wrong_type_is_one_fault() -> None:
    lidar = find("lidar_alomar")
    assert lidar is not None
    profile = {
        "start_time": "2026-01-16T18:00:00Z",
        "end_time": "2026-01-16T19:00:00Z",
        "zenith": "0.000",
        "azimuth": "0.000",
        "mode": 7,
    }
    (fault,) = check_attributes(lidar.event_types["profile"], profile)
    assert fault.detail == "expected a string, got 7"


def test_an_unknown_attribute_names_the_known_ones_and_the_likely_one() -> None:
    attributes = {("zenit" if name == "zenith" else name): GOOD[name] for name in GOOD}
    missing, unknown = check_attributes(STATIC, attributes)
    assert (missing.pointer, unknown.pointer) == ("", "/zenit")
    assert missing.detail == 'expected the attribute "zenith", which is missing'
    assert unknown.detail.endswith('azimuth, number_of_photos; got "zenit"; did you mean zenith?')


def test_a_pointer_is_escaped() -> None:
    assert faults(**{"a/b~c": 1}) == [("schema", "/a~1b~0c")]


@pytest.mark.parametrize("name", ["\ud800", "x" * 1_000])
def test_a_name_that_no_pointer_can_hold_is_blamed_on_its_object(name: str) -> None:
    assert faults(**{name: 1}) == [("schema", "")]


def test_countless_unknown_attributes_are_answered_soon() -> None:
    attributes = {**GOOD, **{f"n{number}": number for number in range(130_000)}}
    begin = time.perf_counter()
    found = check_attributes(STATIC, attributes)
    assert time.perf_counter() - begin < 2
    assert len(found) == MOST_UNKNOWN + 1
    assert found[0].detail.endswith("got 129900 more")


def test_faults_come_in_the_order_of_the_document() -> None:
    attributes = dict(
        reversed({**GOOD, "zenith": "99.000", "azimuth": 3, "start_time": "x"}.items())
    )
    found = check_attributes(STATIC, attributes)
    assert [fault.pointer for fault in found] == ["/azimuth", "/zenith", "/start_time"]


def test_rules_on_times_are_silent_where_a_time_is_wrong() -> None:
    assert faults(start_time="2022-02-16T18:42:24.913+00:00") == [("not-utc", "/start_time")]


def test_rules_on_durations_are_silent_where_the_end_is_not_after_the_start() -> None:
    assert faults(end_time=GOOD["start_time"]) == [("end-before-start", "/end_time")]


def test_the_end_of_the_calendar_has_room_for_no_remedy() -> None:
    times = {"start_time": "9999-12-31T23:59:58Z", "end_time": "9999-12-31T23:59:59Z"}
    (fault,) = check_attributes(SCAN, times)
    assert fault.detail == "expected a duration of exactly 123 s, got 1 s"


def test_a_scan_too_short_is_told_which_end_would_do() -> None:
    times = {"start_time": "2022-02-16T19:00:00Z", "end_time": "2022-02-16T19:02:02.999Z"}
    (fault,) = check_attributes(SCAN, times)
    assert fault.detail == (
        "expected a duration of exactly 123 s, got 122.999 s; "
        "the end_time 2022-02-16T19:02:03.000Z would do"
    )


def test_canonical_keeps_what_the_user_wrote() -> None:
    shuffled = dict(reversed(GOOD.items()))
    start, end, own = canonical(STATIC, shuffled)
    assert (end - start).total_seconds() == 1
    assert list(own.items()) == [
        ("zenith", "60.300"),
        ("azimuth", "284.000"),
        ("number_of_photos", 2),
    ]


def test_a_document_without_faults_is_judged_within_a_third_of_a_millisecond() -> None:
    check_attributes(STATIC, GOOD)
    rounds = []
    for _ in range(20):
        begin = time.perf_counter()
        for _ in range(50):
            check_attributes(STATIC, GOOD)
        rounds.append((time.perf_counter() - begin) / 50)
    assert min(rounds) < 0.0003
