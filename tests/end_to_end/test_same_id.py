"""Sending a request again is safe: what one id stands for is decided once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.asking import (
    EXTERNAL,
    OPERATOR,
    OWNER,
    Asker,
    Json,
    changed,
    expect,
    scan,
    static,
)
from tests.end_to_end.nights import OTLICA, Night, Nights

START = "/data/attributes/start_time"
TAKEN = ("id-conflict", "/data/id")


def test_the_same_answer_as_the_first_time(ask: Asker, night: Night) -> None:
    event = static(night, 600, 100)
    first = ask.post(night, event)
    # By now others have come, and one has taken its place.
    ask.add(night, static(night, 2000, 100))
    ask.add(night, static(night, 650, 100), by=OPERATOR)
    second = ask.post(night, event)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert ask.event(night, event["id"])["meta"]["state"] == "displaced"
    assert ask.schedule(night)["meta"]["revision"] == 3


def test_the_same_refusal_as_the_first_time(ask: Asker, night: Night) -> None:
    there, event = static(night, 600, 100), static(night, 650, 100)
    ask.add(night, there)
    first = ask.post(night, event)
    assert ask.remove(night, there).status_code == 200
    second = ask.post(night, event)
    for response in (first, second):
        [error] = expect(response, 409, ("conflict", START))
        assert error["meta"]["events"] == [there["id"]]
    # A new id is a new request.
    ask.add(night, static(night, 650, 100))


def test_the_order_of_members_and_decimals_do_not_matter(ask: Asker, night: Night) -> None:
    start = 5000 - night.dusk.timestamp() % 1
    event = static(night, start, 100)
    first = ask.post(night, event).json()
    turned = dict(reversed(event.items()))
    turned["attributes"] = dict(reversed(event["attributes"].items()))
    assert ask.post(night, turned).json() == first
    short = changed(event, start_time=event["attributes"]["start_time"].replace(".000Z", "Z"))
    assert short != event
    assert ask.post(night, short).json() == first
    indented = json.dumps({"data": event}, indent=4).encode()
    again = ask.send_raw("POST", night, indented, **{"Content-Type": "application/json"})
    assert again.json() == first


def test_the_id_is_not_case_sensitive(ask: Asker, night: Night) -> None:
    event = static(night, 600, 100)
    upper = {**event, "id": event["id"].upper()}
    first = ask.post(night, upper).json()
    assert first["data"]["id"] == event["id"]
    assert ask.post(night, event).json() == first
    assert ask.get(f"{night.events}/{upper['id']}").json()["data"]["id"] == event["id"]
    response = ask.send("DELETE", night, {"data": {"type": "static", "id": upper["id"]}})
    assert response.json()["data"]["id"] == event["id"]


def test_another_content_is_refused(ask: Asker, nights: Nights, night: Night) -> None:
    event = static(night, 600, 100)
    ask.add(night, event)
    later = static(night, 2000, 100) | {"id": event["id"]}
    others = [
        changed(event, zenith="10.000"),
        changed(event, azimuth="284.001"),
        later,
        scan(night, 3000) | {"id": event["id"]},
    ]
    for other in others:
        document = {"data": other}
        expect(ask.send("POST", night, document), 409, TAKEN, document=document)
    elsewhere = nights.at(nights.take().dusk.date(), OTLICA)
    document = {"data": static(elsewhere, 600, 100) | {"id": event["id"]}}
    expect(ask.send("POST", elsewhere, document), 409, TAKEN, document=document)
    stored = ask.event(night, event["id"])
    assert stored["attributes"] == event["attributes"]
    assert len(stored["meta"]["history"]) == 1


@pytest.mark.parametrize("other", [OPERATOR, EXTERNAL])
def test_another_caller_is_refused(ask: Asker, night: Night, other: str) -> None:
    event = static(night, 600, 100)
    ask.add(night, event, by=OWNER)
    expect(ask.post(night, event, by=other), 409, TAKEN, document={"data": event})
    # The first one's answer is still the first one's.
    assert ask.post(night, event, by=OWNER).status_code == 200


def test_the_id_of_a_removed_event_stays_taken(ask: Asker, night: Night) -> None:
    event = static(night, 600, 100)
    first = ask.post(night, event).json()
    assert ask.remove(night, event).status_code == 200
    # The request was answered; it is answered in the same words and not carried out again.
    assert ask.post(night, event).json() == first
    assert ask.event(night, event["id"])["meta"]["state"] == "deleted"
    document = {"data": changed(event, zenith="10.000")}
    expect(ask.send("POST", night, document), 409, TAKEN, document=document)


def test_sent_many_times_at_once(ask: Asker, night: Night) -> None:
    event = static(night, 600, 100)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: ask.post(night, event), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(ask.event(night, event["id"])["meta"]["history"]) == 1
    assert ask.schedule(night)["meta"]["revision"] == 1


def test_different_contents_at_once(ask: Asker, night: Night) -> None:
    event = static(night, 600, 100)
    contents: list[Json] = [changed(event, zenith=f"{number}.000") for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda each: ask.post(night, each), contents))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    for answer in answers:
        if answer.status_code == 409:
            expect(answer, 409, TAKEN)
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    stored = ask.event(night, event["id"])
    assert stored["attributes"] == winner["data"]["attributes"]


def test_many_events_at_once(ask: Asker, night: Night) -> None:
    events = [static(night, 600 + 10 * number, 10) for number in range(60)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda each: ask.post(night, each), events))
    assert {answer.status_code for answer in answers} == {200}
    there = {block["id"] for block in ask.schedule(night)["data"]}
    assert {event["id"] for event in events} <= there
