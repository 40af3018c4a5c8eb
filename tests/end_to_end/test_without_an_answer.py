"""What a caller sees when a part does not answer, and after everything was restarted."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.end_to_end.asking import OPERATOR, Asker, Json, expect, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import Service, System, running_system
from tests.end_to_end.witness import Witness

START = "/data/attributes/start_time"


@pytest.fixture(scope="module")
def own_system(
    surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """A system that may be halted and restarted."""
    logs = tmp_path_factory.mktemp("logs")
    with running_system(logs, surroundings.start("second")) as found:
        yield found


@pytest.fixture(scope="module")
def ask(own_system: System, witness: Witness) -> Iterator[Asker]:
    """Its first API."""
    asker = Asker(own_system.url, witness)
    yield asker
    asker.close()


@pytest.fixture
def narrow(own_system: System, witness: Witness) -> Iterator[Asker]:
    """A second API, in which one command may wait."""
    url = own_system.add_api(MAX_WAITING="1")
    own_system.wait_until_ready()
    asker = Asker(url, witness)
    yield asker
    asker.close()
    own_system.remove_api(url)


@pytest.fixture(scope="module")
def nights(ask: Asker) -> Nights:
    """Its nights."""
    return Nights(ask.client)


@contextmanager
def halted(service: Service) -> Iterator[None]:
    """Halt a process, and let it go on at the end."""
    service.send(signal.SIGSTOP)
    try:
        yield
    finally:
        service.send(signal.SIGCONT)


def timed(request: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    """An answer, and the seconds it took."""
    started = time.monotonic()
    return request(), time.monotonic() - started


def scheduled_times(ask: Asker, night: Night, event: Json) -> int:
    """How often the event stands in the night's schedule."""
    return sum(block["id"] == event["id"] for block in ask.schedule(night)["data"])


def test_timeout_of_a_submission(own_system: System, ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 10))
    event, forgotten = static(night, 700, 10), static(night, 800, 10)
    with halted(own_system.scheduler):
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(lambda each: timed(lambda: ask.post(night, each)), (event, forgotten))
            )
        for response, seconds in answers:
            expect(response, 504, ("timeout", None))
            assert 2.0 < seconds < 3.5
        # Reads do not need the scheduler.
        assert ask.schedule(night)["meta"]["revision"] == 1
    answer = ask.post(night, event)
    assert answer.status_code == 200
    assert answer.json() == ask.post(night, event).json()
    assert scheduled_times(ask, night, event) == 1
    assert len(ask.event(night, event["id"])["meta"]["history"]) == 1
    # What nobody asked for again is not carried out behind the caller's back.
    expect(ask.get(f"{night.events}/{forgotten['id']}"), 404, ("unknown-event", None))


def test_the_same_id_while_the_first_request_still_waits(
    own_system: System, ask: Asker, night: Night
) -> None:
    event = static(night, 600, 10)
    with ThreadPoolExecutor(3) as pool:
        with halted(own_system.scheduler):
            waiting = [pool.submit(ask.post, night, event) for _ in range(3)]
            time.sleep(0.5)
        answers = [each.result() for each in waiting]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert scheduled_times(ask, night, event) == 1
    assert ask.schedule(night)["meta"]["revision"] == 1


def test_timeout_of_a_removal(own_system: System, ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    with halted(own_system.scheduler):
        response, seconds = timed(lambda: ask.remove(night, event))
        expect(response, 504, ("timeout", None))
        assert seconds < 3.5
    assert ask.remove(night, event).status_code in {200, 404}
    expect(ask.remove(night, event), 404, ("unknown-event", None))
    assert ask.event(night, event["id"])["meta"]["state"] == "deleted"


def test_overloaded(own_system: System, ask: Asker, narrow: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 10))
    events = [static(night, 700, 10), static(night, 800, 10)]
    with ThreadPoolExecutor(2) as pool, halted(own_system.scheduler):
        answers = list(pool.map(lambda each: timed(lambda: narrow.post(night, each)), events))
    answers.sort(key=lambda pair: pair[0].status_code)
    (refused, soon), (unanswered, _) = answers
    expect(refused, 503, ("overloaded", None))
    expect(unanswered, 504, ("timeout", None))
    assert soon < 2.0
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    for event in events:
        assert narrow.post(night, event).status_code == 200


def test_timeout_of_a_read(own_system: System, ask: Asker, night: Night) -> None:
    with halted(own_system.sidecar):
        for path in (f"{night.instrument}/schedule", night.events, f"{night.events}/{'0' * 36}"):
            response, seconds = timed(lambda path=path: ask.get(path))  # type: ignore[misc]
            code = 404 if path.endswith("0") else 504
            expect(response, code, ("unknown-event" if code == 404 else "timeout", None))
            assert seconds < 3.5
        # What needs no sidecar goes on.
        ask.add(night, static(night, 600, 10))
        assert ask.get("/v1/instrument").status_code == 200
    assert ask.schedule(night)["meta"]["revision"] == 1


def test_the_same_answers_after_a_restart(own_system: System, ask: Asker, night: Night) -> None:
    kept, weak, strong = static(night, 600, 10), static(night, 700, 100), static(night, 750, 100)
    answers = [ask.post(night, kept).json(), ask.post(night, weak).json()]
    answers.append(ask.post(night, strong, by=OPERATOR).json())
    refused = static(night, 600, 10)
    conflict = ask.post(night, refused)
    expect(conflict, 409, ("conflict", START))
    before = ask.schedule(night)
    own_system.stop()
    own_system.start()
    own_system.wait_until_ready()
    assert ask.schedule(night) == before
    assert ask.post(night, kept).json() == answers[0]
    assert ask.post(night, weak).json() == answers[1]
    assert ask.post(night, strong, by=OPERATOR).json() == answers[2]
    again = ask.post(night, refused)
    expect(again, 409, ("conflict", START))
    assert again.json()["errors"][0]["meta"] == conflict.json()["errors"][0]["meta"]
    assert ask.event(night, weak["id"])["meta"]["state"] == "displaced"
    assert ask.schedule(night) == before
    ask.add(night, static(night, 2000, 10))
