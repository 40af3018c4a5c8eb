"""Reading JSON strictly: what is taken, what is refused, and where the fault is said to be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.json_body import MOST_DIGITS, MOST_FAULTS, MOST_LEVELS, read_json
from models.errors import Fault, InvalidRequest, Reason

many = settings(deadline=None, max_examples=200)

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def pointers(body: bytes) -> list[str | None]:
    """Where the faults of a body are."""
    with pytest.raises(InvalidRequest) as raised:
        read_json(body)
    assert {fault.reason for fault in raised.value.faults} == {Reason.MALFORMED}
    assert all(fault.detail.isprintable() for fault in raised.value.faults)
    return [fault.pointer for fault in raised.value.faults]


@many
@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_every_json_value_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert read_json(body) == value


@many
@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00\x00")
@example(b'{"":1e999,"":NaN}')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    faults: Sequence[Fault] = ()
    try:
        read_json(body)
    except InvalidRequest as refused:
        faults = refused.faults
    assert len(faults) <= MOST_FAULTS


@many
@given(st.text(alphabet='{}[]",:\\u0123456789dDeE+-.NaInfitytruefalsn ', max_size=60))
def test_nearly_json_is_read_as_python_does_or_refused(text: str) -> None:
    try:
        found = read_json(text.encode())
    except InvalidRequest:
        return
    assert found == json.loads(text)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"NaN", [""]), (b"[NaN, Infinity, -Infinity]", ["/0", "/1", "/2"]),
        (b'{"a": {"b": [0, 1e999]}}', ["/a/b/1"]), (b'{"a/b": NaN}', ["/a~1b"]),
        (b'{"m~n": NaN}', ["/m~0n"]), (b'{"": NaN}', ["/"]), (b'{" ": NaN}', ["/ "]),
        (b'{"a": 1, "a": 2}', ["/a"]), (b'{"a": 1, "a": 2, "a": 3}', ["/a"]),
        (b'{"a": 1, "b": 2, "b": NaN, "a": NaN}', ["/b", "/a", "/a", "/b"]),
        (b'[[{"x": {"y": 1, "y": 1}}]]', ["/0/0/x/y"]), (rb'"\ud800"', [""]),
        (rb'["a", "\udfff b"]', ["/1"]), (rb'{"a": {"\ud800": 1}}', ["/a"]),
        (rb'{"\ud800": 1, "\ud800": 2}', ["", ""]),
    ],
    ids=repr,
)  # fmt: skip
def test_every_fault_has_its_place(body: bytes, expected: list[str]) -> None:
    assert sorted(map(str, pointers(body))) == sorted(expected)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"  ", b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), "{}".encode("utf-32-le"),
        b"{", b"{}{}", b"[1,]", b"{'a': 1}", b"\xff", b'"\xc3\x28"', b'"\x00"', b"[\x001]", b"nul",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_json_has_no_place(body: bytes) -> None:
    assert pointers(body) == [None]


def test_levels() -> None:
    deepest = b"[" * MOST_LEVELS + b"]" * MOST_LEVELS
    assert read_json(deepest)
    assert pointers(b"[" + deepest + b"]") == [None]
    assert pointers(b"[" * 1_000_000) == [None]
    assert pointers(b'{"a":' * 100_000 + b"1" + b"}" * 100_000) == [None]
    # Brackets in texts are no levels.
    assert read_json(b'"' + b"[" * 1000 + b'"') == "[" * 1000
    assert read_json(rb'"\"' + b"[" * 1000 + b'"') == '"' + "[" * 1000


def test_digits() -> None:
    assert read_json(b"1" * MOST_DIGITS) == int("1" * MOST_DIGITS)
    assert pointers(b"1" * (MOST_DIGITS + 1)) == [""]
    assert pointers(b"1" * 1_000_000) == [""]
    assert pointers(b"0." + b"1" * MOST_DIGITS) == [""]
    assert read_json(b"1e308") == 1e308
    assert pointers(b"1e309") == [""]


def test_only_the_first_faults_are_told() -> None:
    assert len(pointers(b"[" + b"NaN," * 1000 + b"NaN]")) == MOST_FAULTS
