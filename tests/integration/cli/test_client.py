"""The client commands against a real system, in a pipe."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

FAIM = "faim_oberpfaffenhofen"


def scan(night: date, hour: int = 22, minute: int = 0, **more: Any) -> dict[str, Any]:
    start = f"{night}T{hour:02d}:{minute:02d}:00.000Z"
    end = f"{night}T{hour:02d}:{minute + 2:02d}:03.000Z"
    return {"data": {"type": "scan", "attributes": {"start_time": start, "end_time": end}, **more}}


def static(night: date, **more: Any) -> dict[str, Any]:
    attributes = {
        "start_time": f"{night}T21:00:00.000Z",
        "end_time": f"{night}T21:00:10.000Z",
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": 20,
        **more,
    }
    return {"data": {"type": "static", "attributes": attributes}}


def test_added_and_rejected_with_the_reasons(
    client: Any, night: date, write_json: Callable[[Any], str]
) -> None:
    bad = static(night, number_of_photos=7, zenith="80.000")
    done = client("submit", write_json([scan(night), scan(night, minute=1), static(night), bad]))
    assert done.code == 4
    assert [fields[0] for fields in done.lines] == ["Added", "Rejected", "Added", "Rejected"]
    assert all(UUID(fields[2]).version == 4 for fields in done.lines)
    assert done.lines[1][5].startswith("conflict at /data/attributes/start_time: ")
    assert done.lines[0][2] in done.lines[1][5]
    assert "duration-mismatch at /data/attributes/number_of_photos" in done.lines[3][5]
    assert "outside-limits at /data/attributes/zenith" in done.lines[3][5]
    assert "2 added, 2 rejected" in done.err
    assert done.err.count(f"instrument {FAIM}, the first of 2") == 2


def test_a_document_from_standard_input_twice_is_one_event(client: Any, night: date) -> None:
    text = json.dumps(scan(night, id=str(uuid4())))
    first, second = (client("submit", "-", "--instrument", FAIM, stdin=text) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert first.err == second.err == ""
    day = night + timedelta(days=1)
    listed = client("events", "--instrument", FAIM, "--from", str(night), "--to", str(day))
    assert len(listed.lines) == 1


def test_the_documents_of_the_server_for_json(client: Any, night: date) -> None:
    added = client("submit", "--json", "-", stdin=json.dumps(scan(night)))
    assert added.document["meta"]["status"] == "Added"
    rejected = client("--json", "submit", "-", stdin=json.dumps(scan(night, minute=1)))
    assert rejected.code == 4
    assert rejected.document["meta"]["status"] == "Rejected"
    assert rejected.document["errors"][0]["code"] == "conflict"


def test_events_of_all_instruments_can_be_asked_for_again(client: Any, night: date) -> None:
    profile = {
        "type": "profile",
        "attributes": {
            "start_time": f"{night}T22:00:00.000Z",
            "end_time": f"{night}T23:00:00.000Z",
            "zenith": "0.000",
            "azimuth": "0.000",
            "mode": "wind",
        },
    }
    assert client("submit", "-", stdin=json.dumps([profile, scan(night)])).code == 0
    listed = client(
        "events", "--json", "--from", f"{night}T21:30:00Z", "--to", f"{night}T23:30:00Z"
    )
    assert sorted(r["type"] for r in listed.document["data"]) == ["profile", "scan"]
    again = client("submit", "-", stdin=listed.out)
    assert again.code == 0
    assert "the first of" not in again.err
    assert sorted(fields[1] for fields in again.lines) == ["profile", "scan"]


def test_show_and_delete(client: Any, night: date) -> None:
    added = client("submit", "-", stdin=json.dumps([scan(night, 20), scan(night, 21)]))
    one, two = (fields[2] for fields in added.lines)
    shown = {fields[0]: fields[1] for fields in client("show", one).lines}
    assert (shown["state"], shown["night"]) == ("scheduled", str(night))
    assert client("delete", one, "--instrument", "faim_otlica").code == 4
    deleted = client("delete", one, str(uuid4()), two)
    assert deleted.code == 4
    assert [fields[:3] for fields in deleted.lines] == [
        ["Removed", "scan", one],
        ["Removed", "scan", two],
    ]
    assert "no instrument has an event" in deleted.err
    assert client("show", one, "--json").document["data"]["meta"]["state"] == "deleted"


def test_the_plan_in_every_format(client: Any, night: date) -> None:
    added = client("submit", "-", stdin=json.dumps(static(night)))
    event = added.lines[0][2]
    asked = ("schedule", "--instrument", FAIM, "--night", str(night))
    document = client(*asked, "--format", "json").document
    header, *plan = client(*asked, "--format", "txt").out.splitlines()
    meta = document["meta"]
    assert header == (
        f"# nightplan {FAIM} {night} revision {meta['revision']} "
        f"dusk {meta['dusk']} dawn {meta['dawn']}"
    )
    assert len(plan) == len(document["data"])
    times = f"{night}T21:00:00.000Z {night}T21:00:10.000Z"
    assert f"{times} static 60.300 284.000 20 {event}" in plan
    rows = list(csv.DictReader(io.StringIO(client(*asked, "--format", "csv").out)))
    assert [row["id"] for row in rows] == [resource["id"] for resource in document["data"]]
    mine = next(row for row in rows if row["id"] == event)
    assert (mine["filler"], mine["zenith"], mine["number_of_photos"]) == ("false", "60.300", "20")
    lines = client(*asked).lines
    assert [fields[3] for fields in lines].count("event") == 1
    assert len(lines) == len(rows)


def test_a_night_without_darkness_has_a_plan_that_says_so(client: Any, night: date) -> None:
    day = f"{night.year + 1}-06-21"
    done = client("schedule", "--instrument", "lidar_alomar", "--night", day, "--format", "txt")
    assert done.code == 0
    assert "# no darkness" in done.out


def test_calendars_come_with_version_2(client: Any) -> None:
    done = client("schedule", "--format", "ics")
    assert done.code == 2
    assert "version 2" in done.err


@pytest.mark.parametrize(
    ("key", "arguments", "code", "said"),
    [
        ("demo-viewer", ["submit", "-"], 3, "not-allowed"),
        ("nobody", ["events"], 3, "NIGHTPLAN_API_KEY"),
        ("", ["events"], 3, "Set NIGHTPLAN_API_KEY to your API key"),
        ("demo-viewer", ["events", "--instrument", "x"], 4, "unknown-instrument"),
        ("demo-viewer", ["events", "--from", "today"], 4, "filter[from]"),
        ("demo-viewer", ["schedule", "--night", "2126-01-01"], 4, "filter[night]"),
        ("demo-viewer", ["show", "../../x"], 4, "no instrument has an event"),
    ],
)
def test_refusals_have_their_exit_code_and_a_way_out(
    client: Any, key: str, arguments: list[str], code: int, said: str
) -> None:
    text = json.dumps(scan(date(2027, 1, 1)))
    done = client(*arguments, stdin=text, NIGHTPLAN_API_KEY=key)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("nightplan: ")
    assert said in done.err


def test_refusals_as_documents(client: Any) -> None:
    done = client("events", "--json", "--from", "today")
    assert done.document["errors"][0]["source"] == {"parameter": "filter[from]"}
    done = client("events", "--json", NIGHTPLAN_API_KEY="nobody")
    assert (done.code, done.document["errors"][0]["status"]) == (3, "401")
