"""The conformance suite: what every instrument keeps, new ones without writing a test."""

import importlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import instruments
from instruments import discover
from instruments.examples import Example, invalid_examples, valid_examples
from instruments.schemas import schema_of
from instruments.validation import canonical, check_attributes
from models.errors import Fault
from models.instant import format_instant
from models.instrument import Attributes, Check, EventType, FillerKind, Instrument
from models.plan_text import write_plan
from models.schedule import Block, Schedule, verify

FOLDER = Path(instruments.__file__).parent
FILES = ("__init__", "model", "checks", "timing", "filler", "export", "site")
ATTRIBUTES = "/data/attributes"
START = datetime(2026, 1, 16, 18, 0, tzinfo=UTC)

every_instrument = pytest.mark.parametrize("instrument", discover(), ids=lambda i: i.name)
every_event_type = pytest.mark.parametrize(
    ("instrument", "event_type"),
    [pytest.param(i, t, id=f"{i.name}-{n}") for i in discover() for n, t in i.event_types.items()],
)
every_valid_example = pytest.mark.parametrize(
    ("instrument", "example"),
    [pytest.param(i, e, id=f"{i.name}-{e.name}") for i in discover() for e in valid_examples(i)],
)
every_invalid_example = pytest.mark.parametrize(
    ("instrument", "example"),
    [pytest.param(i, e, id=f"{i.name}-{e.name}") for i in discover() for e in invalid_examples(i)],
)


def faults_of(instrument: Instrument, document: dict) -> list[Fault]:
    data = document["data"]
    return check_attributes(instrument.event_types[data["type"]], data["attributes"])


def filler_attributes(filler: FillerKind, start: datetime) -> dict:
    times = {"start_time": start, "end_time": start + filler.duration}
    return {**{name: format_instant(at) for name, at in times.items()}, **filler.attributes}


def block_of(example: Example, instrument: Instrument) -> Block:
    data = example.document["data"]
    start, end, own = canonical(instrument.event_types[data["type"]], data["attributes"])
    return Block(id=UUID(data["id"]), type=data["type"], start=start, end=end, attributes=own)


def filler_block(filler: FillerKind, start: datetime) -> Block:
    return Block(
        id=uuid4(),
        type=filler.type,
        start=start,
        end=start + filler.duration,
        attributes=filler.attributes,
        filler=True,
    )


def blocks_of(instrument: Instrument) -> list[Block]:
    blocks = [block_of(example, instrument) for example in valid_examples(instrument)]
    if instrument.filler is not None:
        blocks.append(filler_block(instrument.filler, START))
    return blocks


# What it declares


@every_instrument
def test_the_folder_has_the_files_of_every_instrument(instrument: Instrument) -> None:
    folder = FOLDER / instrument.name
    assert {path.stem for path in folder.glob("*.py")} >= set(FILES)
    assert (folder / "examples" / "valid").is_dir()


@every_instrument
@pytest.mark.parametrize("file", FILES)
def test_every_file_says_what_it_is(instrument: Instrument, file: str) -> None:
    package = f"instruments.{instrument.name}"
    module = importlib.import_module(package if file == "__init__" else f"{package}.{file}")
    assert module.__doc__


@every_instrument
def test_the_id_is_a_uuid_of_version_4(instrument: Instrument) -> None:
    assert instrument.id.version == 4


@every_instrument
def test_event_types_are_listed_by_their_names(instrument: Instrument) -> None:
    assert instrument.event_types
    assert all(name == kind.name for name, kind in instrument.event_types.items())


@every_instrument
def test_it_is_found_by_id_and_by_name(instrument: Instrument) -> None:
    assert instruments.find(instrument.id) is instrument
    assert instruments.find(str(instrument.id).upper()) is instrument
    assert instruments.find(instrument.name) is instrument


@every_instrument
def test_the_sun_is_well_below_the_horizon(instrument: Instrument) -> None:
    assert 0.0 < instrument.depression <= 18.0


@every_instrument
def test_warm_up_leaves_room_for_a_night(instrument: Instrument) -> None:
    assert timedelta(0) <= instrument.warm_up < timedelta(hours=2)


def test_instruments_of_one_kind_take_the_same_events() -> None:
    for one, other in product(discover(), repeat=2):
        if one.kind == other.kind:
            assert one.event_types == other.event_types


# The form of its events


@every_event_type
def test_every_attribute_is_described_and_has_an_example(
    instrument: Instrument, event_type: EventType
) -> None:
    schema = schema_of(event_type)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    for name, described in schema["properties"].items():
        assert described["description"], name
        assert described["examples"], name


@every_event_type
def test_events_have_a_start_and_an_end(instrument: Instrument, event_type: EventType) -> None:
    schema = schema_of(event_type)
    assert {"start_time", "end_time"} <= set(schema["required"])
    for name in ("start_time", "end_time"):
        assert schema["properties"][name]["format"] == "date-time"


@every_event_type
def test_checks_read_attributes_that_exist(instrument: Instrument, event_type: EventType) -> None:
    names = set(schema_of(event_type)["properties"])
    for check in event_type.checks:
        assert check.fields, check.rule
        assert names.issuperset(check.fields), check.rule


# Its examples


@every_event_type
def test_there_is_a_valid_example(instrument: Instrument, event_type: EventType) -> None:
    types = {example.document["data"]["type"] for example in valid_examples(instrument)}
    assert event_type.name in types


@every_valid_example
def test_a_valid_example_has_no_fault(instrument: Instrument, example: Example) -> None:
    assert faults_of(instrument, example.document) == []


@every_valid_example
def test_a_valid_example_is_one_of_the_model(instrument: Instrument, example: Example) -> None:
    data = example.document["data"]
    model = instrument.event_types[data["type"]].model
    assert model.model_validate(data["attributes"]).model_dump() == data["attributes"]


@every_valid_example
def test_a_valid_example_is_taken_apart_without_loss(
    instrument: Instrument, example: Example
) -> None:
    attributes = example.document["data"]["attributes"]
    block = block_of(example, instrument)
    assert block.start < block.end
    assert {"start_time", "end_time"}.isdisjoint(block.attributes)
    assert dict(block.attributes).items() <= attributes.items()
    assert len(block.attributes) == len(attributes) - 2


@every_invalid_example
def test_an_invalid_example_has_exactly_the_faults_expected(
    instrument: Instrument, example: Example
) -> None:
    found = [
        (str(fault.reason), f"{ATTRIBUTES}{fault.pointer}")
        for fault in faults_of(instrument, example.document)
    ]
    assert sorted(found) == sorted((fault.code, fault.pointer) for fault in example.expected)
    assert found


@every_instrument
def test_ids_of_examples_are_uuids_of_version_4(instrument: Instrument) -> None:
    for example in (*valid_examples(instrument), *invalid_examples(instrument)):
        assert UUID(example.document["data"]["id"]).version == 4, example.name


@every_event_type
def test_every_rule_refuses_an_invalid_example(
    instrument: Instrument, event_type: EventType
) -> None:
    refused: set[str] = set()
    watched = replace(event_type, checks=tuple(_watch(c, refused) for c in event_type.checks))
    for example in invalid_examples(instrument):
        if example.document["data"]["type"] == event_type.name:
            check_attributes(watched, example.document["data"]["attributes"])
    assert refused == {check.rule for check in event_type.checks}


@every_event_type
def test_rules_have_names_of_their_own(instrument: Instrument, event_type: EventType) -> None:
    rules = [check.rule for check in event_type.checks]
    assert len(rules) == len(set(rules))


def _watch(check: Check, refused: set[str]) -> Check:
    """The same rule, which also notes its name when it refuses something."""

    def find(attributes: Attributes) -> Fault | None:
        fault = check.find(attributes)
        if fault is not None:
            refused.add(check.rule)
        return fault

    return replace(check, find=find)


# Its timing, its filler and its plan


@every_instrument
def test_setup_is_never_negative_and_nothing_between_equals(instrument: Instrument) -> None:
    classes = [instrument.setup_class(b.type, b.attributes) for b in blocks_of(instrument)]
    for before, after in product(classes, repeat=2):
        setup = instrument.setup(before, after)
        assert setup >= timedelta(0)
        assert setup % timedelta(milliseconds=1) == timedelta(0)
        if before == after:
            assert setup == timedelta(0)


@every_instrument
def test_setup_is_not_shortened_by_a_way_round(instrument: Instrument) -> None:
    classes = [instrument.setup_class(b.type, b.attributes) for b in blocks_of(instrument)]
    for one, two, three in product(classes, repeat=3):
        direct = instrument.setup(one, three)
        assert direct <= instrument.setup(one, two) + instrument.setup(two, three)


@every_instrument
@given(milliseconds=st.integers(0, 3_000_000_000_000))
def test_the_filler_keeps_the_rules_whenever_it_starts(
    instrument: Instrument, milliseconds: int
) -> None:
    filler = instrument.filler
    if filler is not None:
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        kind = instrument.event_types[filler.type]
        assert check_attributes(kind, filler_attributes(filler, start)) == []


@every_instrument
def test_every_line_of_the_plan_has_the_same_number_of_fields(instrument: Instrument) -> None:
    lines = [instrument.line(block) for block in blocks_of(instrument)]
    assert len({len(fields) for fields in lines}) == 1
    assert all(field.split() == [field] for fields in lines for field in fields)


@every_instrument
def test_a_plan_of_all_examples_is_readable_by_its_fields(instrument: Instrument) -> None:
    blocks = []
    for n, block in enumerate(blocks_of(instrument)):
        start = START + n * timedelta(hours=5)
        blocks.append(block.model_copy(update={"start": start, "end": start + block.duration}))
    schedule = Schedule(
        instrument=instrument.id,
        night=START.date(),
        dusk=START,
        dawn=blocks[-1].end,
        revision=3,
        quality=None,
        blocks=tuple(blocks),
    )
    verify(schedule)
    header, *lines = write_plan(instrument, schedule).splitlines()
    assert header.startswith(f"# nightplan {instrument.name} 2026-01-16 revision 3 dusk ")
    for line, block in zip(lines, blocks, strict=True):
        start_text, end_text, kind, *_, identity = line.split(" ")
        assert (start_text, end_text) == (format_instant(block.start), format_instant(block.end))
        assert (kind, identity) == (block.type, str(block.id))


def test_documents_of_examples_are_json_of_utf_8() -> None:
    for path in FOLDER.glob("*/examples/*/*.json"):
        json.loads(path.read_bytes().decode("utf-8"))
