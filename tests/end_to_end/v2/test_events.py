"""Events in version 2: fixed, flexible and waiting ones, from the request to the history."""

from __future__ import annotations

from uuid import uuid4

from tests.end_to_end.asking import (
    EXTERNAL,
    OPERATOR,
    OWNER,
    PARTNER,
    VIEWER,
    Asker,
    changed,
    expect,
    scan,
)
from tests.end_to_end.nights import Night
from tests.end_to_end.v2.asking import (
    add,
    base,
    change,
    events,
    explanation,
    feasibility,
    flexible,
    post,
    read,
    remove,
    send,
    state,
    static,
)

START = "/data/attributes/start_time"


def test_a_fixed_event(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    answer = add(ask, night, event)
    assert answer["meta"]["revision"] == 1
    assert answer["meta"]["night"] == night.date
    found = answer["data"]["attributes"]
    assert found == {
        **event["attributes"],
        "priority": 4,
        "on_conflict": "reject",
        "state": "scheduled",
        "night": night.date,
        "owner": found["owner"],
        "owner_name": OWNER,
        "created_at": found["created_at"],
    }
    whole = read(ask, night, event)
    assert whole["attributes"] == found
    [step] = whole["meta"]["history"]
    assert (step["state"], step["cause"], step["by"]) == ("scheduled", "accepted", found["owner"])
    # Version 1 shows the same event, as it shows its own.
    assert ask.event(night, event["id"])["attributes"] == event["attributes"]
    # The same again is the same request.
    assert post(ask, night, event).json() == answer


def test_a_flexible_event_gets_a_place_in_a_window(ask: Asker, night: Night) -> None:
    add(ask, night, static(night, 600, 300), by=OPERATOR)
    event = flexible(night, 100, (600, 1100, 1), (2000, 2100, 0))
    found = add(ask, night, event)["data"]["attributes"]
    assert found["start_time"] == night.after_dusk(2000)
    assert found["end_time"] == night.after_dusk(2100)
    assert found["duration"] == 100
    assert found["windows"][0]["preference"] == 1
    # The one it likes best is taken; it moves where it fits.
    assert add(ask, night, static(night, 2050, 200), by=OPERATOR)["meta"]["moved"] == [event["id"]]
    assert read(ask, night, event)["attributes"]["start_time"] == night.after_dusk(900)


def test_an_event_that_waits_comes_in_by_itself(ask: Asker, night: Night) -> None:
    strong, weak = static(night, 600, 100), static(night, 650, 10, on_conflict="wait")
    add(ask, night, strong, by=OPERATOR)
    answer = add(ask, night, weak, by=EXTERNAL, status="waiting")
    assert answer["data"]["attributes"]["state"] == "waiting"
    [reason] = answer["data"]["meta"]["reasons"]
    assert (reason["code"], reason["meta"]["events"]) == ("conflict", [strong["id"]])
    told = explanation(ask, night, weak, by=VIEWER)
    assert (told["state"], told["reason"], told["events"]) == (
        "waiting", "conflict", [strong["id"]],
    )  # fmt: skip
    removal = remove(ask, night, strong, by=OPERATOR)
    assert removal.status_code == 200
    assert set(removal.json()) == {"jsonapi", "meta"}
    assert removal.json()["meta"]["status"] == "removed"
    assert removal.json()["meta"]["scheduled"] == [weak["id"]]
    found = read(ask, night, weak)
    assert found["attributes"]["state"] == "scheduled"
    assert [step["state"] for step in found["meta"]["history"]] == ["waiting", "scheduled"]
    told = explanation(ask, night, weak)
    assert (told["state"], told["reason"]) == ("scheduled", None)
    assert told["detail"]


def test_priority_is_the_callers_cap_or_less(ask: Asker, night: Night) -> None:
    assert add(ask, night, static(night, 600, 10))["data"]["attributes"]["priority"] == 4
    low = static(night, 700, 10, priority=1)
    assert add(ask, night, low)["data"]["attributes"]["priority"] == 1
    high = static(night, 800, 10, priority=5)
    [error] = expect(
        post(ask, night, high), 403, ("priority-not-allowed", "/data/attributes/priority"),
        document={"data": high},
    )  # fmt: skip
    assert error["meta"] == {"highest": 4}
    # By an operator it may be; and with other faults it is one of them.
    assert add(ask, night, {**high, "id": str(uuid4())}, by=OPERATOR)
    wrong = changed(high, zenith="80.000")
    faults = expect(
        post(ask, night, wrong), 400,
        ("priority-not-allowed", "/data/attributes/priority"),
        ("outside-limits", "/data/attributes/zenith"),
    )  # fmt: skip
    assert {error["status"] for error in faults} == {"400", "403"}
    # The same id with another priority is another request.
    expect(post(ask, night, changed(low, priority=2)), 409, ("id-conflict", "/data/id"))


def test_an_event_after_another(ask: Asker, night: Night) -> None:
    first = static(night, 600, 100)
    add(ask, night, first)
    after = {"event": first["id"], "min_gap": 60, "max_gap": 120.5}
    second = flexible(night, 10, (500, 3000), after=after)
    found = add(ask, night, second)["data"]["attributes"]
    assert found["after"] == {"event": first["id"], "min_gap": 60, "max_gap": 120.5}
    assert night.after_dusk(760) <= found["start_time"] <= night.after_dusk(820.5)
    lost = flexible(night, 10, (500, 3000), after={"event": str(uuid4())})
    expect(
        post(ask, night, lost), 409, ("dependency", "/data/attributes/after/event"),
        document={"data": lost},
    )  # fmt: skip


def test_a_rejection_is_kept_and_told(ask: Asker, night: Night) -> None:
    strong, weak = static(night, 600, 100), static(night, 650, 10)
    add(ask, night, strong, by=OPERATOR)
    refused = post(ask, night, weak)
    [error] = expect(refused, 409, ("conflict", START), document={"data": weak})
    assert refused.json()["meta"] == {"status": "rejected"}
    assert error["meta"]["events"] == [strong["id"]]
    found = read(ask, night, weak)
    assert found["attributes"]["state"] == "rejected"
    assert found["meta"]["reasons"][0]["code"] == "conflict"
    told = explanation(ask, night, weak)
    assert (told["state"], told["reason"], told["events"]) == (
        "rejected", "conflict", [strong["id"]],
    )  # fmt: skip
    loose = flexible(night, 80, (600, 700))
    expect(post(ask, night, loose), 409, ("no-room", "/data/attributes"), document={"data": loose})


def test_a_change_is_decided_anew(ask: Asker, night: Night) -> None:
    event, other = static(night, 600, 10), static(night, 700, 100)
    add(ask, night, event)
    add(ask, night, other, by=OPERATOR)
    moved = change(
        ask, night, event, start_time=night.after_dusk(620), end_time=night.after_dusk(630)
    )
    assert moved.status_code == 200
    assert moved.json()["meta"]["status"] == "changed"
    found = moved.json()["data"]["attributes"]
    assert found["start_time"] == night.after_dusk(620)
    assert found["zenith"] == event["attributes"]["zenith"]
    assert read(ask, night, event)["attributes"] == found
    # Where there is no room it stays what it was.
    refused = change(
        ask, night, event, start_time=night.after_dusk(720), end_time=night.after_dusk(730)
    )
    expect(refused, 409, ("conflict", START))
    assert read(ask, night, event)["attributes"] == found
    # From fixed to flexible, and back.
    windows = flexible(night, 10, (900, 1000))["attributes"]["windows"]
    loose = change(ask, night, event, windows=windows)
    assert loose.status_code == 200, loose.text
    assert loose.json()["data"]["attributes"]["duration"] == 10
    again = change(
        ask, night, event, start_time=night.after_dusk(640), end_time=night.after_dusk(650)
    )
    assert "windows" not in again.json()["data"]["attributes"]


def test_who_may_change_what(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    add(ask, night, event)
    expect(change(ask, night, event, by=PARTNER, zenith="10.000"), 403, ("not-allowed", None))
    expect(change(ask, night, event, by=VIEWER, zenith="10.000"), 403, ("not-allowed", None))
    expect(remove(ask, night, event, by=PARTNER), 403, ("not-allowed", None))
    expect(
        change(ask, night, event, priority=5), 403,
        ("priority-not-allowed", "/data/attributes/priority"),
    )  # fmt: skip
    raised = change(ask, night, event, by=OPERATOR, priority=5)
    assert raised.json()["data"]["attributes"]["priority"] == 5
    assert raised.json()["data"]["attributes"]["owner_name"] == OWNER
    # The owner may change the rest of it all the same.
    assert change(ask, night, event, zenith="10.000").status_code == 200
    assert remove(ask, night, event, by=OPERATOR).status_code == 200
    expect(change(ask, night, event, zenith="11.000"), 404, ("unknown-event", "/data/id"))
    expect(remove(ask, night, event), 404, ("unknown-event", None))
    expect(change(ask, night, static(night, 1, 1), zenith="1.000"), 404, ("unknown-event", None))


def test_changes_at_fault(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    add(ask, night, event)
    path = f"{events(night)}/{event['id']}"
    document = {
        "data": {
            "type": "static", "id": event["id"], "attributes": {"number_of_photos": 3, "zenith": 1},
        }
    }  # fmt: skip
    expect(
        send(ask, "PATCH", path, document), 400,
        ("duration-mismatch", "/data/attributes/number_of_photos"),
        ("schema", "/data/attributes/zenith"), document=document,
    )  # fmt: skip
    other = {"data": {"type": "static", "id": str(uuid4()), "attributes": {}}}
    expect(send(ask, "PATCH", path, other), 409, ("schema", "/data/id"))
    another = {"data": {"type": "scan", "id": event["id"], "attributes": {}}}
    expect(send(ask, "PATCH", path, another), 409, ("schema", "/data/type"))
    expect(send(ask, "PATCH", path, {"data": {}}), 400, ("schema", "/data"), ("schema", "/data"))
    expect(send(ask, "PATCH", path, []), 400, ("schema", "(root)"))
    nothing = {"data": {"type": "static", "id": event["id"]}}
    assert send(ask, "PATCH", path, nothing).status_code == 200
    # The length that the stored request asks for is at fault with the new end.
    late = change(ask, night, event, end_time=night.after_dusk(611))
    expect(late, 400, ("duration-mismatch", "/data/attributes"))


def test_conditions(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    add(ask, night, event)
    path = f"{events(night)}/{event['id']}"
    tag = ask.get(path).headers["ETag"]
    assert ask.get(path, headers={"If-None-Match": tag}).status_code == 304
    few = ask.get(f"{path}?fields[events]=state")
    assert few.json()["data"]["attributes"] == {"state": "scheduled"}
    assert few.headers["ETag"] != tag
    matching = {"If_Match": few.headers["ETag"]}
    assert change(ask, night, event, zenith="10.000", headers=matching).status_code == 200
    stale = change(ask, night, event, zenith="11.000", headers={"If_Match": tag})
    [error] = expect(stale, 412, ("precondition-failed", None))
    assert error["source"] == {"header": "If-Match"}
    expect(remove(ask, night, event, If_Match=tag), 412, ("precondition-failed", None))
    assert remove(ask, night, event, If_Match="*").status_code == 200


def test_asked_without_waiting_and_with_a_key(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    nameless = {name: value for name, value in event.items() if name != "id"}
    key = str(uuid4())
    first = post(ask, night, nameless, Idempotency_Key=key)
    assert first.status_code == 201
    assert post(ask, night, nameless, Idempotency_Key=key).json() == first.json()
    taken = post(ask, night, static(night, 700, 10), Prefer="respond-async")
    assert taken.status_code == 202
    assert ask.get(taken.headers["Content-Location"]).status_code == 200


def test_feasibility_is_what_a_submission_gets(ask: Asker, night: Night) -> None:
    strong = static(night, 600, 100)
    tried = feasibility(ask, night, strong, by=OPERATOR)
    assert (tried["accepted"], tried["start_time"]) == (True, strong["attributes"]["start_time"])
    expect(ask.get(f"{events(night)}/{strong['id']}"), 404, ("unknown-event", None))
    add(ask, night, strong, by=OPERATOR)
    weak = static(night, 650, 10)
    tried = feasibility(ask, night, weak)
    assert (tried["accepted"], tried["reason"], tried["events"]) == (
        False, "conflict", [strong["id"]],
    )  # fmt: skip
    assert tried["reasons"][0]["source"] == {"pointer": START}
    assert tried["alternatives"]
    for number, alternative in enumerate(tried["alternatives"]):
        asked = changed(weak, **alternative["attributes"])
        assert feasibility(ask, night, asked)["accepted"], number
    best = changed(weak, **tried["alternatives"][0]["attributes"])
    assert post(ask, night, best).status_code == 201
    known = feasibility(ask, night, strong, by=OPERATOR)
    assert (known["accepted"], known["reason"]) == (False, "id-conflict")
    path = f"{base(night)}/feasibility"
    expect(send(ask, "POST", path, {"data": strong}, by=VIEWER), 403, ("not-allowed", None))
    expect(send(ask, "POST", path, {"data": 1}), 400, ("schema", "/data"))
    wrong = {"data": {**strong, "type": "profile"}}
    expect(send(ask, "POST", path, wrong), 409, ("schema", "/data/type"))


def test_events_of_version_1_are_events_of_version_2(ask: Asker, night: Night) -> None:
    event = scan(night, 600)
    ask.add(night, event, by=PARTNER)
    found = read(ask, night, event)["attributes"]
    assert (found["state"], found["priority"], found["on_conflict"]) == ("scheduled", 3, "reject")
    add(ask, night, static(night, 650, 500), by=OPERATOR)
    assert state(ask, night, event) == "displaced"
    assert explanation(ask, night, event)["reason"] == "conflict"
