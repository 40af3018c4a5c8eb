"""Documents: what a file may hold, and what is said of one that holds something else."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from cli.documents import read_documents
from cli.exits import ExitCode, UsageFault

EVENT = {"type": "scan", "id": "a", "attributes": {"start_time": "x"}}


@pytest.mark.parametrize(
    "content",
    [
        {"data": EVENT},
        [{"data": EVENT}],
        {"data": [EVENT]},
        EVENT,
        [EVENT],
        {"jsonapi": {"version": "1.1"}, "links": {}, "data": [EVENT]},
    ],
)
def test_one_event_in_any_wrapping(tmp_path: Path, content: object) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps(content))
    assert read_documents(str(path)) == [{"data": EVENT}]


def test_an_event_without_an_id_is_given_one_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text('[{"type": "scan"}, {"data": {"type": "scan"}}]')
    ids = [document["data"]["id"] for document in read_documents(str(path))]
    assert len(set(ids)) == 2
    assert all(UUID(found).version == 4 for found in ids)


def test_what_is_wrong_in_an_event_is_left_to_the_server(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text('{"data": {"id": 7, "attributes": null, "atributes": 1.0}}')
    assert read_documents(str(path)) == [{"data": {"id": 7, "attributes": None, "atributes": 1.0}}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1 column 1"),
        (b'{"data":', "line 1 column 9"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "at least one event"),
        (b"7", "expected an event"),
        (b"[7]", "expected an event"),
        (b'{"data": 7}', "expected an event"),
        (b'{"errors": []}', "expected an event"),
        (b'{"data": {"type": "a", "type": "b"}}', "the key 'type' twice"),
        (b'{"data": {"x": NaN}}', "NaN"),
        (b'{"data": {"x": 1e999}}', "too large"),
        (b"[" * 100_000, "expected JSON"),
        (b"9" * 10_000, "expected JSON"),
    ],
)
def test_a_file_with_something_else_is_a_mistake(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(content)
    with pytest.raises(UsageFault) as caught:
        read_documents(str(path))
    assert caught.value.code is ExitCode.USAGE
    assert said in caught.value.message
    assert str(path) in caught.value.message


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageFault, match="/nowhere: cannot be read"):
        read_documents("/nowhere")
