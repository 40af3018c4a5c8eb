"""The headers by which a caller says how it wants to be answered."""

from __future__ import annotations

import pytest

from api.preferences import Preference, read_key, read_preference
from api.problems import Problem


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Preference()),
        (["respond-async"], Preference(respond_async=True)),
        (["Respond-Async"], Preference(respond_async=True)),
        (["respond-async, wait=10"], Preference(respond_async=True, wait=10)),
        (["wait=10", "respond-async"], Preference(respond_async=True, wait=10)),
        (['wait = "7" ; x=y , respond-async; a=b'], Preference(respond_async=True, wait=7)),
        (["return=minimal"], Preference()),
        (["respond-async-not"], Preference()),
        (["wait=1, wait=2"], Preference(wait=1)),  # RFC 7240, 2: the first is used
        (["wait=-1"], Preference()),
        (["wait=x, respond-async"], Preference(respond_async=True)),
        (["wait=99999999999999999999"], Preference()),
        ([",,, respond-async ,"], Preference(respond_async=True)),
        (['x="a, respond-async"'], Preference()),
        (["\x00\xff", ""], Preference()),
    ],
)
def test_preferences(values: list[str], expected: Preference) -> None:
    assert read_preference(values) == expected


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ([], None),
        (["abc"], "abc"),
        (['"abc"'], "abc"),
        ([" a-b.c:d "], "a-b.c:d"),
        (["x" * 255], "x" * 255),
    ],
)
def test_keys(values: list[str], key: str | None) -> None:
    assert read_key(values) == key


@pytest.mark.parametrize(
    "values", [[""], ["a b"], ["a", "a"], ["é"], ["x" * 256], ['""'], ["a\tb"]]
)
def test_what_is_no_key(values: list[str]) -> None:
    with pytest.raises(Problem) as caught:
        read_key(values)
    assert caught.value.status == 400
    assert caught.value.errors[0]["source"] == {"header": "Idempotency-Key"}
