"""A night as a file: what the command writes, and every fault it names."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel.__main__ import main

ROOT = Path(__file__).parents[4]
CONTRACT = {
    "horizon": {"start": 0, "end": 14400},
    "objective": "duration",
    "filler": {"duration": 123},
    "blocked": [[1200, 1500]],
    "setup": {"matrix": [[0, 7], [7, 0]]},
    "tasks": [
        {
            "id": "a",
            "duration": 300,
            "windows": [[0, 900], [3000, 5000]],
            "preferences": [0, 1],
            "priority": 3,
            "class": 0,
            "after": {"id": "b", "min_gap": 0, "max_gap": 600},
        },
        {"id": "b", "duration": 100, "windows": [[0, 900]], "class": 1},
    ],
    "previous": {"a": 120},
    "time_limit": 10,
}


def run(text: str) -> tuple[int, dict]:
    """Exit code and the document that was written, to either stream."""
    out, err = io.StringIO(), io.StringIO()
    code = main(["-"], io.StringIO(text), out, err)
    assert bool(out.getvalue()) != bool(err.getvalue())
    return code, json.loads(out.getvalue() or err.getvalue())


def changed(path: list, value: object) -> dict:
    """The contract's example with one value replaced, or removed if the value is ``...``."""
    document = json.loads(json.dumps(CONTRACT))
    at = document
    for part in path[:-1]:
        at = at[part]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return document


def resolve(document: object, pointer: str) -> object:
    """What a JSON pointer points at; raises if that is nothing."""
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def test_the_contracts_example():
    code, found = run(json.dumps(CONTRACT))
    assert code == 0
    assert found["status"] == "optimal"
    assert found["objective"] == found["bound"] == found["requested_seconds"] == 400
    assert found["gap"] == 0.0
    assert found["scheduled"] == [
        {"id": "b", "start": 0, "end": 100, "window": 0},
        {"id": "a", "start": 120, "end": 420, "window": 0},
    ]
    assert found["not_scheduled"] == []
    assert found["fillers"][0] == [420, 543]
    busy = found["requested_seconds"] + found["filled_seconds"] + found["idle_seconds"]
    assert busy == 14400 - 300


def test_several_instruments():
    document = {
        "instruments": {
            "opn": {"horizon": {"start": 0, "end": 100}},
            "otl": {"horizon": {"start": 0, "end": 100}, "filler": {"duration": 40}},
        },
        "objective": "priority",
        "tasks": [
            {"id": "a", "duration": 60, "windows": [[0, 60]], "instrument": ["opn", "otl"]},
            {"id": "b", "duration": 60, "windows": [[0, 60]], "instrument": "opn", "priority": 2},
            {"id": "c", "duration": 9, "windows": {"otl": [[50, 59]]}, "instrument": ["otl"]},
        ],
    }
    code, found = run(json.dumps(document))
    assert code == 0
    assert {p["id"]: p["instrument"] for p in found["scheduled"]} == {"a": "otl", "b": "opn"}
    assert found["objective"] == [60, 60]
    assert found["not_scheduled"] == [{"id": "c", "reason": "conflict", "in_the_way": ["a"]}]
    assert found["fillers"] == [{"instrument": "otl", "start": 60, "end": 100}]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "Expecting value at line 1, column 1"),
        ("{", "Expecting property name enclosed in double quotes at line 1, column 2"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "1e999 is out of range"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        ("[" * 100_000, "expected at most 64 levels of nesting, got 65 or more"),
        ('{"a": ' + "9" * 5000 + "}", "a number of 5000 digits is too long"),
    ],
)
def test_what_is_not_json(text, detail):
    code, found = run(text)
    assert code == 2
    assert [(e["code"], e["detail"]) for e in found["errors"]] == [("malformed", detail)]
    assert found["errors"][0]["source"]["pointer"] == ""


@pytest.mark.parametrize(
    ("path", "value", "code", "pointer", "detail"),
    [
        (["horizon"], ..., "schema", "", "horizon is missing: expected an object"),
        (
            ["horizon", "end"],
            1.0,
            "schema",
            "/horizon/end",
            "expected an integer, got the number 1.0",
        ),
        (["horizon", "end"], True, "schema", "/horizon/end", "expected an integer, got a boolean"),
        (["horizon", "end"], -1, "end-before-start", "/horizon/end", "expected an end ≥ 0, got -1"),
        (
            ["horizon", "end"],
            2**53,
            "schema",
            "/horizon/end",
            "expected an integer from -9007199254740991 to 9007199254740991, got 9007199254740992",
        ),
        (
            ["objective"],
            "fun",
            "schema",
            "/objective",
            "expected one of duration, priority, weighted; got 'fun'",
        ),
        (["blocked", 0], [5], "schema", "/blocked/0", "expected [start, end], got a list of 1"),
        (["blocked", 0, 1], 7, "end-before-start", "/blocked/0/1", "expected an end ≥ 1200, got 7"),
        (
            ["setup", "matrix"],
            [[0, 7], [7]],
            "schema",
            "/setup/matrix/1",
            "expected 2 columns, as many as rows, got 1",
        ),
        (
            ["tasks", 1, "class"],
            2,
            "schema",
            "/tasks/1/class",
            "the setup matrix has 2 classes, got class 2",
        ),
        (
            ["tasks", 1],
            {"id": "a", "duration": 1, "windows": [[0, 1]]},
            "id-conflict",
            "/tasks/1/id",
            "'a' is another task's id",
        ),
        (
            ["tasks", 1, "duration"],
            901,
            "duration-mismatch",
            "/tasks/1/duration",
            "the task lasts 901, its longest window 900",
        ),
        (
            ["tasks", 0, "after", "id"],
            "z",
            "unknown-event",
            "/tasks/0/after/id",
            "no task has the id 'z'",
        ),
        (
            ["tasks", 0, "after", "max_gap"],
            -1,
            "schema",
            "/tasks/0/after/max_gap",
            "expected an integer from 0 to 9007199254740991, got -1",
        ),
        (
            ["tasks", 0, "preferences"],
            [1],
            "schema",
            "/tasks/0/preferences",
            "expected 2 preferences, one for each window, got 1",
        ),
        (["previous", "zz"], 3, "unknown-event", "/previous/zz", "no task has the id 'zz'"),
        (["tasks"], {}, "schema", "/tasks", "expected a list, got an object"),
        (["tasks", 1, "windows"], [], "schema", "/tasks/1/windows", "expected at least one window"),
        (["time_limit"], "1", "schema", "/time_limit", "expected a number, got a string"),
        (
            ["groups"],
            [{"rule": "all", "tasks": ["b", "b"]}],
            "id-conflict",
            "/groups/0/tasks/1",
            "'b' stands here twice",
        ),
    ],
)
def test_one_fault_is_named_where_it_stands(path, value, code, pointer, detail):
    document = changed(path, value)
    if code == "id-conflict":
        del document["tasks"][0]["after"]  # which would be unknown now
    exit_code, found = run(json.dumps(document))
    assert exit_code == 2
    assert [(e["code"], e["source"]["pointer"], e["detail"]) for e in found["errors"]] == [
        (code, pointer, detail)
    ]
    resolve(document, pointer)


def test_all_faults_at_once():
    document = changed(["tasks", 0, "duration"], 1.5)
    document["tasks"][1]["windows"] = [[9, 1]]
    document["surprise"] = 1
    document["filler"] = {"duration": 0}
    _, found = run(json.dumps(document))
    assert {e["source"]["pointer"] for e in found["errors"]} == {
        "/surprise",
        "/filler/duration",
        "/tasks/0/duration",
        "/tasks/1/windows/0/1",
    }


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.integers(-5, 30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.sampled_from(["a", "b", "duration", "all", "together"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400)
@given(st.data())
def test_nothing_makes_it_crash(data):
    """One to three values of the example, anywhere, replaced by anything."""
    document = json.loads(json.dumps(CONTRACT))
    document["groups"] = [{"rule": "all", "tasks": ["a", "b"]}]
    document["time_limit"] = 1
    for _ in range(data.draw(st.integers(1, 3))):
        at, depth = document, data.draw(st.integers(0, 4))
        for level in range(depth + 1):
            keys = [*at] if isinstance(at, dict) else [*range(len(at))]
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if level == depth or not isinstance(at[key], (dict, list)):
                at[key] = data.draw(VALUES)
                break
            at = at[key]
    began = perf_counter()
    code, found = run(json.dumps(document))
    assert code in (0, 2)
    assert perf_counter() - began < 4
    for error in found.get("errors", ()):
        assert set(error) == {"code", "title", "detail", "source"}
        resolve(document, error["source"]["pointer"])


@settings(max_examples=200)
@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda b: b.decode("latin-1")))
def test_any_text_is_answered(text):
    code, found = run(text)
    assert code == 2
    assert found["errors"]


def test_as_a_process(tmp_path):
    """Once for real: a file, standard input, a missing file, bytes that are no text."""
    command = [sys.executable, "-m", "scheduler.kernel"]
    path = tmp_path / "night.json"
    path.write_text(json.dumps(CONTRACT), encoding="utf-8")
    done = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["objective"]) == (0, 400)
    done = subprocess.run(
        [*command, "-"], cwd=ROOT, capture_output=True, input=b"\xff", check=False
    )
    assert done.returncode == 2
    assert "UTF-8" in json.loads(done.stderr)["errors"][0]["detail"]
    done = subprocess.run([*command, "nowhere"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 2
    assert json.loads(done.stderr)["errors"][0]["code"] == "malformed"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


def test_fixed_nights_load_neither_numpy_nor_ortools():
    code = (
        "import sys, io, json; from scheduler.kernel.__main__ import main;"
        "main(['-'], io.StringIO(sys.argv[1]), io.StringIO(), sys.stderr);"
        "sys.exit('numpy' in sys.modules or 'ortools' in sys.modules)"
    )
    night = {
        "horizon": {"start": 0, "end": 9},
        "tasks": [{"id": "a", "duration": 3, "windows": [[0, 3]]}],
    }
    done = subprocess.run([sys.executable, "-c", code, json.dumps(night)], cwd=ROOT, check=False)
    assert done.returncode == 0
