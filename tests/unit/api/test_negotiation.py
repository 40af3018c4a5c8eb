"""Media types: what stands in headers is read as RFC 9110 and JSON:API 1.1 have it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.negotiation import check_accept, check_content_type
from api.problems import Problem

OURS = "application/vnd.api+json"


@pytest.mark.parametrize(
    "value",
    [
        OURS, OURS.upper(), "application/json", f"{OURS};profile=a", f'{OURS} ; profile = "a b"',
        f'{OURS}; profile="a;charset=utf-8"', f"{OURS};", f"{OURS}; ;", f'{OURS}; ext=""',
    ],
)  # fmt: skip
def test_taken(value: str) -> None:
    check_content_type([value])


@pytest.mark.parametrize(
    "values",
    [
        [], [""], ["text/html"], [OURS, OURS], [f"{OURS}; charset=utf-8"], [f"{OURS}; ext=a"],
        [f'{OURS}; ext="a b"'], [f"{OURS}, {OURS}"], [f"{OURS}; profile=a; q=1"],
        ['"' + OURS + '"'],
    ],
    ids=repr,
)  # fmt: skip
def test_not_taken(values: list[str]) -> None:
    with pytest.raises(Problem) as raised:
        check_content_type(values)
    assert raised.value.status == 415
    [error] = raised.value.errors
    assert error["source"] == {"header": "Content-Type"}
    assert OURS in raised.value.headers["Accept"]


@pytest.mark.parametrize(
    "values",
    [
        [], [""], ["*/*"], ["text/html"], [OURS], [f"{OURS};q=0.1"], [f"{OURS};profile=x"],
        [f"{OURS};a=b, {OURS}"], [f"{OURS};a=b", OURS], [f'{OURS};profile="a,b;c"'],
        [f'text/plain;a="{OURS};x=y"'],
    ],
    ids=repr,
)  # fmt: skip
def test_given(values: list[str]) -> None:
    check_accept(values)


@pytest.mark.parametrize(
    "values",
    [
        [f"{OURS};a=b"], [f"{OURS};charset=utf-8"], [f"{OURS};ext=a, */*"],
        [f"{OURS};a=b", f"{OURS};c=d"], [f"{OURS};profile=a;x=y"],
    ],
    ids=repr,
)  # fmt: skip
def test_not_given(values: list[str]) -> None:
    with pytest.raises(Problem) as raised:
        check_accept(values)
    assert raised.value.status == 406
    assert raised.value.errors[0]["source"] == {"header": "Accept"}


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_header_is_read(values: list[str]) -> None:
    for check in (check_content_type, check_accept):
        found: list[Problem] = []
        try:
            check(values)
        except Problem as refused:
            found.append(refused)
        assert all(refused.status in {406, 415} for refused in found)
        assert all(len(error["detail"]) < 300 for refused in found for error in refused.errors)
