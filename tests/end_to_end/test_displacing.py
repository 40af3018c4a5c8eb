"""Removing, displacing and coming back: what one request does to the events of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.end_to_end.asking import (
    EXTERNAL,
    OPERATOR,
    OWNER,
    PARTNER,
    Asker,
    Json,
    expect,
    static,
)
from tests.end_to_end.nights import Night

START = "/data/attributes/start_time"


def states(ask: Asker, night: Night, event: Json) -> list[str]:
    """Every state the event has been in; the last one is its present one."""
    meta = ask.event(night, event["id"])["meta"]
    found = [step["state"] for step in meta["history"]]
    assert found[-1] == meta["state"]
    assert meta["night"] == night.date
    times = [datetime.fromisoformat(step["time"]) for step in meta["history"]]
    assert all(before <= after for before, after in pairwise(times))
    assert all(abs(datetime.now(UTC) - time) < timedelta(minutes=10) for time in times)
    assert all(step["cause"] for step in meta["history"])
    return found


def placed(ask: Asker, night: Night) -> set[str]:
    """The ids of the requested events in the schedule; the same as those listed."""
    there = {block["id"] for block in ask.schedule(night)["data"] if not block["meta"]["filler"]}
    span = {"filter[from]": night.after_dusk(0), "filter[to]": night.before_dawn(0)}
    listed = ask.get(night.events, params=span).json()["data"]
    assert {entry["id"] for entry in listed} == there
    assert all(entry["meta"]["state"] == "scheduled" for entry in listed)
    return there


def test_remove_by_document(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    response = ask.send("DELETE", night, {"data": {"type": "static", "id": event["id"]}})
    assert response.status_code == 200
    answer = response.json()
    assert answer["meta"]["status"] == "Removed"
    assert answer["meta"]["revision"] == 2
    assert answer["data"]["attributes"] == event["attributes"]
    assert placed(ask, night) == set()
    assert states(ask, night, event) == ["scheduled", "deleted"]


def test_remove_twice(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    document = {"data": {"type": "static", "id": event["id"]}}
    assert ask.remove(night, event).status_code == 200
    expect(ask.remove(night, event), 404, ("unknown-event", None))
    response = ask.send("DELETE", night, document)
    expect(response, 404, ("unknown-event", "/data/id"), document=document)
    expect(ask.remove(night, event, by=OPERATOR), 404, ("unknown-event", None))
    assert states(ask, night, event) == ["scheduled", "deleted"]


def test_an_operator_displaces_an_external_and_not_the_other_way_round(
    ask: Asker, night: Night
) -> None:
    weak, strong, late = (
        static(night, 600, 100), static(night, 650, 100), static(night, 620, 100),
    )  # fmt: skip
    ask.add(night, weak, by=EXTERNAL)
    meta = ask.add(night, strong, by=OPERATOR)
    assert meta["displaced"] == [weak["id"]]
    assert meta["scheduled"] == []
    [error] = expect(ask.post(night, late, by=EXTERNAL), 409, ("conflict", START))
    assert error["meta"]["events"] == [strong["id"]]
    assert placed(ask, night) == {strong["id"]}
    assert states(ask, night, weak) == ["scheduled", "displaced"]


def test_who_may_displace_whom(ask: Asker, night: Night) -> None:
    """S5: the caller's group gives the priority; per second 2, 3, 4 and 5."""
    ladder = [static(night, 600, 100) for _ in range(4)]
    for number, caller in enumerate((EXTERNAL, PARTNER, OWNER, OPERATOR)):
        displaced = ask.add(night, ladder[number], by=caller)["displaced"]
        assert displaced == [ladder[number - 1]["id"]] * (number > 0)
    for caller in (EXTERNAL, PARTNER, OWNER):
        expect(ask.post(night, static(night, 600, 100), by=caller), 409, ("conflict", START))
    assert [states(ask, night, event)[-1] for event in ladder] == ["displaced"] * 3 + ["scheduled"]


def test_worth_is_priority_times_duration(ask: Asker, night: Night) -> None:
    short, long = static(night, 600, 100), static(night, 550, 251)
    ask.add(night, short, by=OPERATOR)
    # 250 s of an external are worth as much as 100 s of an operator, 251 s more.
    expect(ask.post(night, static(night, 550, 250), by=EXTERNAL), 409, ("conflict", START))
    assert ask.add(night, long, by=EXTERNAL)["displaced"] == [short["id"]]


def test_a_tie_keeps_the_earlier_event(ask: Asker, night: Night) -> None:
    """S10: nothing moves for an event that is worth no more."""
    first = static(night, 600, 100)
    ask.add(night, first)
    for start in (600, 550, 650, 699.5):
        [error] = expect(ask.post(night, static(night, start, 100)), 409, ("conflict", START))
        assert error["meta"]["events"] == [first["id"]]
    halves = [static(night, 1000, 50), static(night, 1050, 50)]
    for event in halves:
        ask.add(night, event)
    expect(ask.post(night, static(night, 1000, 100)), 409, ("conflict", START))
    assert placed(ask, night) == {first["id"], halves[0]["id"], halves[1]["id"]}
    assert states(ask, night, first) == ["scheduled"]


def test_two_that_are_worth_more_together_displace_one(ask: Asker, night: Night) -> None:
    one = static(night, 600, 100)
    ask.add(night, one)
    # Alone neither is worth more, and what was refused is not wanted later.
    expect(ask.post(night, static(night, 590, 60)), 409, ("conflict", START))
    expect(ask.post(night, static(night, 660, 60)), 409, ("conflict", START))
    assert placed(ask, night) == {one["id"]}


def test_removing_brings_a_displaced_event_back(ask: Asker, night: Night) -> None:
    weak, strong = static(night, 600, 100), static(night, 650, 100)
    ask.add(night, weak, by=EXTERNAL)
    ask.add(night, strong, by=OPERATOR)
    answer = ask.remove(night, strong, by=OPERATOR).json()
    assert answer["meta"]["scheduled"] == [weak["id"]]
    assert answer["meta"]["displaced"] == []
    assert placed(ask, night) == {weak["id"]}
    assert states(ask, night, weak) == ["scheduled", "displaced", "scheduled"]
    assert states(ask, night, strong) == ["scheduled", "deleted"]


def test_several_are_displaced_and_come_back(ask: Asker, night: Night) -> None:
    weak = [static(night, 600 + 50 * number, 50) for number in range(5)]
    for event in weak:
        ask.add(night, event, by=EXTERNAL)
    strong = static(night, 640, 100)
    gone = {event["id"] for event in weak[:3]}
    assert set(ask.add(night, strong, by=OPERATOR)["displaced"]) == gone
    assert placed(ask, night) == {strong["id"], weak[3]["id"], weak[4]["id"]}
    assert set(ask.remove(night, strong, by=OPERATOR).json()["meta"]["scheduled"]) == gone
    assert placed(ask, night) == {event["id"] for event in weak}


def test_adding_may_bring_a_displaced_event_back(ask: Asker, night: Night) -> None:
    """One that displaces what was in the way of another makes room for that one."""
    early, middle, late = (
        static(night, 600, 100), static(night, 690, 120), static(night, 800, 200),
    )  # fmt: skip
    ask.add(night, early)
    assert ask.add(night, middle)["displaced"] == [early["id"]]
    meta = ask.add(night, late)
    assert meta["displaced"] == [middle["id"]]
    assert meta["scheduled"] == [early["id"]]
    assert placed(ask, night) == {early["id"], late["id"]}
    assert states(ask, night, early) == ["scheduled", "displaced", "scheduled"]


def test_a_displaced_event_can_be_removed(ask: Asker, night: Night) -> None:
    weak, strong = static(night, 600, 100), static(night, 650, 100)
    ask.add(night, weak, by=EXTERNAL)
    ask.add(night, strong, by=OPERATOR)
    assert ask.remove(night, weak, by=EXTERNAL).status_code == 200
    assert states(ask, night, weak) == ["scheduled", "displaced", "deleted"]
    assert ask.remove(night, strong, by=OPERATOR).json()["meta"]["scheduled"] == []
    assert placed(ask, night) == set()


def test_little_else_moves(ask: Asker, night: Night) -> None:
    """S10: a change leaves all other blocks as they are, fillers far away included."""
    for number in range(20):
        ask.add(night, static(night, 600 + 1000 * number, 300))
    before = {block["id"]: block["attributes"] for block in ask.schedule(night)["data"]}
    ask.add(night, static(night, 10_950, 100))
    after = {block["id"]: block["attributes"] for block in ask.schedule(night)["data"]}
    lost = [key for key in before if after.get(key) != before[key]]
    # The gap of 700 s between two events held five scans; the others hold theirs.
    assert len(lost) <= 5
