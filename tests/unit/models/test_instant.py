"""Instants: what is read, what is refused and why, and that writing is exact."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Reason
from models.instant import (
    NotAnInstant,
    format_instant,
    from_milliseconds,
    parse_instant,
    to_milliseconds,
)

milliseconds = st.integers(-62_135_596_800_000, 253_402_300_799_999)


@given(milliseconds)
def test_what_is_written_is_read_again(value: int) -> None:
    instant = from_milliseconds(value)
    assert to_milliseconds(instant) == value
    assert parse_instant(format_instant(instant)) == instant


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    refusal = None
    try:
        assert parse_instant(text).utcoffset() == timedelta(0)
    except NotAnInstant as error:
        refusal = error
    if refusal is not None:
        assert refusal.reason in (Reason.SCHEMA, Reason.NOT_UTC)
        assert refusal.detail.isascii()


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2022-02-16T18:42:24Z", 0),
        ("2022-02-16T18:42:24.9Z", 900_000),
        ("2022-02-16T18:42:24.91Z", 910_000),
        ("2022-02-16T18:42:24.913Z", 913_000),
    ],
)
def test_up_to_three_decimals_are_read(text: str, microsecond: int) -> None:
    assert parse_instant(text) == datetime(2022, 2, 16, 18, 42, 24, microsecond, tzinfo=UTC)


@pytest.mark.parametrize("suffix", ["", "+00:00", "-00:00", "+01:00", "+0100"])
def test_another_suffix_is_not_utc(suffix: str) -> None:
    with pytest.raises(NotAnInstant) as caught:
        parse_instant(f"2022-02-16T18:42:24{suffix}")
    assert caught.value.reason is Reason.NOT_UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2022-02-16",
        "2022-02-16 18:42:24Z",
        "2022-02-16t18:42:24z",
        "2022-02-16T18:42Z",
        "2022-02-16T18:42:24.Z",
        "2022-02-16T18:42:24.9131Z",
        "2022-02-16T18:42:60Z",
        "2022-02-16T24:00:00Z",
        "2022-02-30T00:00:00Z",
        "2022-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "12022-01-01T00:00:00Z",
        "2022-02-16T18:42:24Z\n",
        "٢٠٢٢-02-16T18:42:24Z",
        "2022-02-16T18:42:24,913Z",
        "\x00",
        "\ud800",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(NotAnInstant) as caught:
        parse_instant(text)
    assert caught.value.reason is Reason.SCHEMA


def test_the_first_and_the_last_year_have_four_digits() -> None:
    assert format_instant(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000Z"
    assert parse_instant("9999-12-31T23:59:59.999Z").year == 9999


def test_a_naive_time_is_not_written() -> None:
    with pytest.raises(ValueError, match="naive"):
        format_instant(datetime(2022, 1, 1))  # noqa: DTZ001


def test_a_refusal_quotes_little_of_a_long_text() -> None:
    with pytest.raises(NotAnInstant) as caught:
        parse_instant("x" * 100_000)
    assert len(caught.value.detail) < 150
