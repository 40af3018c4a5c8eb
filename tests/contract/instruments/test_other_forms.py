"""Validation of forms that no instrument has yet: numbers, free text, lists, nested objects."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from instruments.fields import Timed
from instruments.validation import LONGEST_TEXT, MOST_MEMBERS, check_attributes
from models.instrument import EventType


class Beam(BaseModel):
    """One beam."""

    model_config = ConfigDict(extra="forbid")

    width: Annotated[float, Field(gt=0)]


class Sounding(Timed):
    """An event with attributes of every form."""

    remark: Annotated[str, Field(min_length=1)] = "none"
    beams: list[Beam] = Field(default_factory=list)
    power: float | None = None


SOUNDING = EventType(name="sounding", summary="Sounds.", model=Sounding)
TIMES = {"start_time": "2026-01-16T18:00:00Z", "end_time": "2026-01-16T19:00:00Z"}


def found(**own: Any) -> list[tuple[str | None, str]]:
    return [(f.pointer, f.detail) for f in check_attributes(SOUNDING, {**TIMES, **own})]


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def test_every_form_is_taken() -> None:
    assert found(remark="x", beams=[{"width": 1.5}, {"width": 2}], power=None) == []


@pytest.mark.parametrize(
    ("own", "pointer", "detail"),
    [
        ({"remark": ""}, "/remark", 'expected minLength 1, got ""'),
        ({"beams": [{"width": "1"}]}, "/beams/0/width", 'expected a number, got "1"'),
        ({"beams": [{"width": 0}]}, "/beams/0/width", "expected exclusiveMinimum 0, got 0"),
        ({"beams": [{}]}, "/beams/0", 'expected the attribute "width", which is missing'),
        (
            {"beams": [{"width": 1, "with": 2}]},
            "/beams/0/with",
            'expected only the attributes width; got "with"; did you mean width?',
        ),
        ({"beams": {}}, "/beams", "expected an array, got an object"),
    ],
)
def test_a_fault_is_found_where_it_is(own: dict, pointer: str, detail: str) -> None:
    assert found(**own) == [(pointer, detail)]


@pytest.mark.parametrize(
    "own",
    [
        {"remark": "x" * (LONGEST_TEXT + 1)},
        {"power": 2**60},
        {"power": float("inf")},
        {"beams": [{"width": 1}] * MOST_MEMBERS},
        {"beams": [{"width": 10**30}]},
    ],
)
def test_a_value_of_the_right_form_keeps_to_the_limits(own: dict) -> None:
    ((pointer, detail),) = found(**own)
    assert pointer == f"/{next(iter(own))}"
    assert detail.startswith("expected at most 10000 characters, 1000 members, 8 levels")


def test_a_wrong_type_in_a_union_is_a_fault() -> None:
    assert [pointer for pointer, _ in found(power=nested(9_000))] == ["/power"]
