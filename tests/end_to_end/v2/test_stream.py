"""The stream: everything that happens to an instrument, once, in order, wherever it begins."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.end_to_end.asking import OPERATOR, VIEWER, Asker, Json, expect, static
from tests.end_to_end.nights import Night
from tests.end_to_end.system import System, wait_for
from tests.end_to_end.v2.asking import add, base, read, remove


@dataclass(frozen=True, slots=True)
class Sent:
    """One server-sent event."""

    number: int
    name: str
    data: Json


def parse(lines: Iterator[str]) -> Iterator[Sent]:
    """Server-sent events, as they come."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif "data" in fields:
            yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


@contextlib.contextmanager
def following(
    ask: Asker, night: Night, after: int | None = None, **headers: str
) -> Iterator[Iterator[Sent]]:
    """What the night's instrument sends."""
    given = {"X-API-Key": VIEWER, **headers}
    if after is not None:
        given["Last-Event-ID"] = str(after)
    with httpx.stream(
        "GET", f"{ask.url}{base(night)}/stream", headers=given, timeout=10, trust_env=False
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines) == "retry: 2000"
        assert next(lines).startswith(": after ")
        yield parse(lines)


def of(night: Night, sent: Iterator[Sent], count: int) -> list[Sent]:
    """The next so many events about a night."""
    found: list[Sent] = []
    for each in sent:
        if each.data["night"] == night.date:
            found.append(each)
        if len(found) == count:
            break
    return found


def told(found: list[Sent]) -> list[tuple[str, object]]:
    """What happened, and to which event or revision."""
    return [(each.name, each.data.get("event", each.data.get("revision"))) for each in found]


def test_what_happens_is_told_as_it_happens(ask: Asker, night: Night) -> None:
    weak, strong = static(night, 600, 100), static(night, 650, 100)
    with following(ask, night) as sent:
        add(ask, night, weak)
        first = of(night, sent, 2)
        add(ask, night, strong, by=OPERATOR)
        second = of(night, sent, 3)
        assert remove(ask, night, strong, by=OPERATOR).status_code == 200
        third = of(night, sent, 3)
    assert sorted(told(first), key=str) == sorted(
        [("scheduled", weak["id"]), ("revised", 1)], key=str
    )
    assert {("displaced", weak["id"]), ("scheduled", strong["id"]), ("revised", 2)} == set(
        told(second)
    )
    assert {("deleted", strong["id"]), ("scheduled", weak["id"]), ("revised", 3)} == set(
        told(third)
    )
    numbers = [each.number for each in (*first, *second, *third)]
    assert numbers == sorted(set(numbers))
    history = read(ask, night, weak)["meta"]["history"]
    causes = [
        e.data["cause"] for e in (*first, *second, *third) if e.data.get("event") == weak["id"]
    ]
    assert [step["cause"] for step in history] == causes


def test_it_goes_on_where_it_was_left(ask: Asker, night: Night) -> None:
    events = [static(night, 600 + 20 * number, 10) for number in range(5)]
    with following(ask, night) as sent:
        add(ask, night, events[0])
        last = of(night, sent, 2)[-1].number
    for event in events[1:]:
        add(ask, night, event)
    with following(ask, night, last) as sent:
        found = of(night, sent, 8)
    assert [each.data["event"] for each in found if each.name == "scheduled"] == [
        event["id"] for event in events[1:]
    ]
    middle = found[3].number
    with following(ask, night, middle) as sent:
        assert of(night, sent, 4) == found[4:]
    query = f"{base(night)}/stream?last-event-id={middle}"
    headers = {"X-API-Key": VIEWER}
    with httpx.stream("GET", ask.url + query, headers=headers, timeout=10) as response:
        assert of(night, parse(response.iter_lines()), 4) == found[4:]


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "9" * 30])
def test_a_place_that_is_none(ask: Asker, night: Night, given: str) -> None:
    path = f"{base(night)}/stream"
    [error] = expect(ask.get(path, headers={"Last-Event-ID": given}), 400, ("schema", None))
    assert error["source"] == {"header": "Last-Event-ID"}
    [error] = expect(ask.get(path, params={"last-event-id": given}), 400, ("schema", None))
    assert error["source"] == {"parameter": "last-event-id"}


def test_streams_end_soon_when_the_api_stops(system: System, ask: Asker, night: Night) -> None:
    url = system.add_api()
    system.wait_until_ready()
    with httpx.stream(
        "GET", f"{url}{base(night)}/stream", headers={"X-API-Key": VIEWER}, timeout=10
    ) as response:
        lines = response.iter_lines()
        assert next(lines) == "retry: 2000"
        [(service, _)] = [pair for pair in system.apis if pair[1] == url]
        service.send(signal.SIGTERM)
        assert [line for line in lines if line.startswith("data")] == []
    wait_for(lambda: not service.running, 2, "the API has stopped")
    system.remove_api(url)


def test_the_headers_alone(ask: Asker, night: Night) -> None:
    response = ask.request("HEAD", f"{base(night)}/stream", by=VIEWER)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"].startswith("text/event-stream")
