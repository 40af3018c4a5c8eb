"""A night's plan as text, table and calendar, read as simply as its users would."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import httpx

from tests.end_to_end.asking import Json


def check_exports(client: httpx.Client, path: str) -> None:
    """Fail unless the exports of a night have what its JSON document has."""
    document = client.get(f"{path}.json").json()
    expected = [
        (block["attributes"]["start_time"], block["attributes"]["end_time"], block["type"],
         block["id"])
        for block in document["data"]
    ]  # fmt: skip
    assert expected
    _check_text(client.get(f"{path}.txt").text, expected, document["meta"])
    table = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").text)))
    found = [(row["start_time"], row["end_time"], row["type"], row["id"]) for row in table]
    assert found == expected
    fillers = [row["id"] for row in table if row["filler"] == "true"]
    assert fillers == [block["id"] for block in document["data"] if block["meta"]["filler"]]
    _check_calendar(client.get(f"{path}.ics").text, expected)


def _check_text(text: str, expected: list[tuple[str, str, str, str]], meta: Json) -> None:
    lines = text.splitlines()
    assert f"{meta['night']} revision {meta['revision']}" in lines[0]
    assert f"dusk {meta['dusk']} dawn {meta['dawn']}" in lines[0]
    fields = [line.split(" ") for line in lines if not line.startswith("#")]
    assert [(line[0], line[1], line[2], line[-1]) for line in fields] == expected


def _check_calendar(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    entries = text.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]
    there, gone = {}, set()
    for entry in entries:
        facts = dict(line.split(":", 1) for line in entry.splitlines() if ":" in line)
        name = facts["UID"].removesuffix("@nightplan")
        if facts["STATUS"] == "CONFIRMED":
            there[name] = facts["DTSTART"]
        else:
            assert facts["STATUS"] == "CANCELLED"
            gone.add(name)
    assert there == {
        name: f"{datetime.fromisoformat(start):%Y%m%dT%H%M%SZ}" for start, _, _, name in expected
    }
    assert not gone & set(there)
