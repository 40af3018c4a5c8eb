"""What became of a request: commands, idempotency keys, answers that nobody waits for, limits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.asking import OPERATOR, OWNER, PARTNER, VIEWER, Asker, Json, expect, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import System, running_system, wait_for
from tests.end_to_end.test_without_an_answer import halted
from tests.end_to_end.witness import Witness

START = "/data/attributes/start_time"
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def own_system(
    surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """A system that may be halted."""
    logs = tmp_path_factory.mktemp("logs")
    with running_system(logs, surroundings.start("commands")) as found:
        yield found


@pytest.fixture(scope="module")
def ask(own_system: System, witness: Witness) -> Iterator[Asker]:
    """Its API."""
    asker = Asker(own_system.url, witness)
    yield asker
    asker.close()


@pytest.fixture(scope="module")
def other(own_system: System, witness: Witness) -> Iterator[Asker]:
    """A second API."""
    url = own_system.add_api()
    own_system.wait_until_ready()
    asker = Asker(url, witness)
    yield asker
    asker.close()
    own_system.remove_api(url)


@pytest.fixture(scope="module")
def nights(ask: Asker) -> Nights:
    """Its nights."""
    return Nights(ask.client)


def post(ask: Asker, night: Night, event: Json, by: str = OWNER, **headers: str) -> httpx.Response:
    """Submit an event with more headers; names have underscores for hyphens."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps({"data": event}).encode()
    return ask.send_raw("POST", night, body, by=by, **given)


def delete(ask: Asker, night: Night, event: Json, by: str = OWNER, **headers: str) -> Any:
    """Remove an event by its URL, with more headers."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask.request("DELETE", f"{night.events}/{event['id']}", by=by, headers=given)


def nameless(event: Json) -> Json:
    """The event without an id."""
    return {name: value for name, value in event.items() if name != "id"}


def command(ask: Asker, url: str, by: str = VIEWER) -> Json:
    """The attributes of a command."""
    response = ask.get(url, by=by)
    assert response.status_code == 200, response.text
    data = response.json()["data"]
    assert data["links"]["self"] == url == f"/v2/commands/{data['id']}"
    found: Json = data["attributes"]
    return found


def decided(ask: Asker, url: str) -> Json:
    """The attributes of a command once it is no longer pending."""
    wait_for(lambda: command(ask, url)["status"] != "pending", 20, f"{url} is decided")
    return command(ask, url)


def test_an_answer_at_once_and_the_outcome_later(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    response = post(ask, night, event, **ASYNC)
    assert response.status_code == 202
    url = response.headers["Content-Location"]
    assert url == f"/v2/commands/{event['id']}"
    assert response.headers["Preference-Applied"] == "respond-async"
    taken = response.json()["data"]
    assert (taken["type"], taken["id"]) == ("command", event["id"])
    assert taken["attributes"]["status"] == "pending"
    found = decided(ask, url)
    assert found["status"] == "added"
    assert found["night"] == night.date
    assert found["revision"] == ask.schedule(night)["meta"]["revision"]
    assert found["event"] == event["id"]
    assert ask.event(night, event["id"])["meta"]["state"] == "scheduled"
    # Asked again in the usual way, it is the same request.
    assert ask.post(night, event).json()["meta"]["revision"] == found["revision"]
    removal = delete(ask, night, event, **ASYNC)
    assert removal.status_code == 202
    assert decided(ask, removal.headers["Content-Location"])["status"] == "removed"


def test_a_rejection_that_nobody_waited_for(ask: Asker, night: Night) -> None:
    strong, weak = static(night, 600, 100), static(night, 650, 10)
    ask.add(night, strong, by=OPERATOR)
    url = post(ask, night, weak, **ASYNC).headers["Content-Location"]
    found = decided(ask, url)
    assert found["status"] == "rejected"
    [error] = found["errors"]
    assert (error["code"], error["source"]) == ("conflict", {"pointer": START})
    assert error["meta"]["events"] == [strong["id"]]
    response = ask.get(url)
    tag = response.headers["ETag"]
    assert ask.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_waiting_for_a_while_first(own_system: System, ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 500, 10))
    patient = post(ask, night, static(night, 600, 10), Prefer="respond-async, wait=2")
    assert patient.status_code == 200
    assert patient.json()["meta"]["status"] == "Added"
    with halted(own_system.scheduler):
        started = time.monotonic()
        hasty = post(ask, night, static(night, 700, 10), Prefer="wait=1, respond-async")
        assert hasty.status_code == 202
        assert 0.9 < time.monotonic() - started < 2.5
    assert decided(ask, hasty.headers["Content-Location"])["status"] == "added"


@pytest.mark.parametrize(
    "value", ["return=minimal", "wait=5", "respond-asynchronously", ";;,,=", ""]
)
def test_other_preferences_change_nothing(ask: Asker, night: Night, value: str) -> None:
    assert post(ask, night, static(night, 600, 10), Prefer=value).status_code == 200


def test_after_a_timeout_every_api_knows_what_became_of_it(
    own_system: System, ask: Asker, other: Asker, night: Night
) -> None:
    ask.add(night, static(night, 500, 10))
    forgotten, promised = static(night, 600, 10), static(night, 700, 10)
    with halted(own_system.scheduler):
        with ThreadPoolExecutor(2) as pool:
            waiting = pool.submit(ask.post, night, forgotten)
            taken = post(ask, night, promised, **ASYNC)
            unanswered = waiting.result()
        expect(unanswered, 504, ("timeout", None))
        url = unanswered.headers["Content-Location"]
        assert url == f"/v2/commands/{forgotten['id']}"
        assert url in unanswered.json()["errors"][0]["detail"]
        for each in (ask, other):
            assert command(each, url)["status"] == "pending"
            assert command(each, taken.headers["Content-Location"])["status"] == "pending"
    assert decided(other, taken.headers["Content-Location"])["status"] == "added"
    for each in (ask, other):
        assert decided(each, url)["status"] == "expired"
    expect(ask.get(f"{night.events}/{forgotten['id']}"), 404, ("unknown-event", None))
    # It may still be asked for.
    ask.add(night, forgotten)
    assert command(other, url)["status"] == "added"


def test_a_removal_that_timed_out(own_system: System, ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    with halted(own_system.scheduler):
        response = ask.remove(night, event)
        expect(response, 504, ("timeout", None))
        url = response.headers["Content-Location"]
        found = command(ask, url)
        assert (found["action"], found["event"]) == ("remove", event["id"])


@pytest.mark.parametrize("identifier", [str(uuid4()), "something", "0" * 36, "%00", "ü" * 40])
def test_a_command_that_nobody_knows(ask: Asker, identifier: str) -> None:
    expect(ask.get(f"/v2/commands/{identifier}"), 404, ("unknown-command", None))


def test_commands_are_only_read(ask: Asker) -> None:
    url = f"/v2/commands/{uuid4()}"
    expect(ask.request("DELETE", url, by=OPERATOR), 405, ("method-not-allowed", None))
    response = ask.get(f"{url}?x=1")
    expect(response, 400, ("schema", None))
    assert response.json()["errors"][0]["source"] == {"parameter": "x"}
    expect(ask.request("GET", url, by=None), 401, ("unauthenticated", None))


def test_the_same_key_is_the_same_request(ask: Asker, other: Asker, night: Night) -> None:
    key = f"key of {uuid4()}".replace(" ", "-")
    event = nameless(static(night, 600, 10))
    first = post(ask, night, event, Idempotency_Key=key)
    assert first.status_code == 200
    for each in (ask, other):
        again = post(each, night, event, Idempotency_Key=f'"{key}"')
        assert (again.status_code, again.json()) == (200, first.json())
    assert ask.schedule(night)["meta"]["revision"] == first.json()["meta"]["revision"]
    # Another request under the same key.
    expect(
        post(ask, night, nameless(static(night, 700, 10)), Idempotency_Key=key),
        409,
        ("id-conflict", "/data/id"),
    )
    # Another caller's key is another key.
    theirs = post(ask, night, nameless(static(night, 800, 10)), by=PARTNER, Idempotency_Key=key)
    assert theirs.status_code == 200


def test_a_key_beside_an_id(ask: Asker, night: Night) -> None:
    key = str(uuid4())
    event, second = static(night, 600, 10), static(night, 700, 10)
    first = post(ask, night, event, Idempotency_Key=key)
    assert first.status_code == 200
    assert post(ask, night, event, Idempotency_Key=key).json() == first.json()
    for _ in range(2):
        response = post(ask, night, second, Idempotency_Key=key)
        [error] = expect(response, 409, ("id-conflict", None))
        assert error["source"] == {"header": "Idempotency-Key"}
        assert error["meta"] == {"command": event["id"]}
    expect(ask.get(f"{night.events}/{second['id']}"), 404, ("unknown-event", None))
    # The key goes on to stand for the first.
    assert post(ask, night, event, Idempotency_Key=key).json() == first.json()


def test_two_requests_with_one_key_at_once(own_system: System, ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 500, 10))
    key = str(uuid4())
    events = [static(night, 600, 10), static(night, 700, 10)]
    with ThreadPoolExecutor(2) as pool:
        with halted(own_system.scheduler):
            waiting = [
                pool.submit(post, ask, night, event, Idempotency_Key=key) for event in events
            ]
            time.sleep(0.5)
        answers = sorted(each.result().status_code for each in waiting)
    assert answers == [200, 409]


def test_a_removal_with_a_key(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    key = str(uuid4())
    first = delete(ask, night, event, Idempotency_Key=key)
    assert first.status_code == 200
    again = delete(ask, night, event, Idempotency_Key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    expect(delete(ask, night, event), 404, ("unknown-event", None))
    other = static(night, 700, 10)
    ask.add(night, other)
    expect(delete(ask, night, other, Idempotency_Key=key), 409, ("id-conflict", None))


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, '""', "schlüssel"])
def test_a_key_that_is_none(ask: Asker, night: Night, key: str) -> None:
    raw = ask.client.build_request(
        "POST",
        night.events,
        headers=[
            (b"X-API-Key", OWNER.encode()),
            (b"Content-Type", b"application/json"),
            (b"Idempotency-Key", key.encode()),
        ],
        content=json.dumps({"data": static(night, 600, 10)}).encode(),
    )
    [error] = expect(ask.client.send(raw), 400, ("schema", None))
    assert error["source"] == {"header": "Idempotency-Key"}


def test_too_many_of_one_caller(own_system: System, witness: Witness, night: Night) -> None:
    url = own_system.add_api(CALLER_BURST="3", CALLER_RATE="0.5")
    own_system.wait_until_ready()
    narrow = Asker(url, witness)
    try:
        events = [static(night, 600 + 20 * number, 10) for number in range(4)]
        for event in events[:3]:
            assert narrow.post(night, event).status_code == 200
        refused = narrow.post(night, events[3])
        expect(refused, 429, ("too-many-requests", None))
        assert refused.headers["Retry-After"] in {"1", "2"}
        # Others are not concerned, and reading is not.
        assert narrow.post(night, static(night, 800, 10), by=PARTNER).status_code == 200
        assert narrow.schedule(night)["meta"]["revision"] == 4
        time.sleep(int(refused.headers["Retry-After"]))
        assert narrow.post(night, events[3]).status_code == 200
    finally:
        narrow.close()
        own_system.remove_api(url)
