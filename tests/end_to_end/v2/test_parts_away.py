"""Version 2 while a part is away: what is unknown is said to be, what was read last is served."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.end_to_end.asking import OPERATOR, Asker, expect
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import System, running_system, wait_for
from tests.end_to_end.test_without_an_answer import halted
from tests.end_to_end.v2.asking import add, base, change, events, post, remove, send, state, static
from tests.end_to_end.witness import ATOMIC, Witness


@pytest.fixture(scope="module")
def own_system(
    surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """A system that may be halted."""
    logs = tmp_path_factory.mktemp("logs")
    with running_system(logs, surroundings.start("parts_away")) as found:
        yield found


@pytest.fixture(scope="module")
def ask(own_system: System, witness: Witness) -> Iterator[Asker]:
    """Its API."""
    asker = Asker(own_system.url, witness)
    yield asker
    asker.close()


@pytest.fixture(scope="module")
def nights(ask: Asker) -> Nights:
    """Its nights."""
    return Nights(ask.client)


def test_the_scheduler_is_away(own_system: System, ask: Asker, night: Night) -> None:
    event, other = static(night, 600, 10), static(night, 700, 10)
    add(ask, night, event)
    closed = {
        "type": "maintenance",
        "attributes": {"start_time": night.after_dusk(5000), "end_time": night.after_dusk(5100)},
    }
    place = {"op": "add", "href": events(night), "data": static(night, 800, 10)}
    with halted(own_system.scheduler):
        unanswered = post(ask, night, other)
        expect(unanswered, 504, ("timeout", None))
        url = unanswered.headers["Content-Location"]
        assert url == f"/v2/commands/{other['id']}"
        expect(change(ask, night, event, zenith="10.000"), 504, ("timeout", None))
        expect(remove(ask, night, event), 504, ("timeout", None))
        feasibility = f"{base(night)}/feasibility"
        expect(send(ask, "POST", feasibility, {"data": event}), 504, ("timeout", None))
        expect(ask.get(f"{events(night)}/{event['id']}/explanation"), 504, ("timeout", None))
        maintenance = f"{base(night)}/maintenance"
        late = send(ask, "POST", maintenance, {"data": closed}, by=OPERATOR)
        expect(late, 504, ("timeout", None))
        document = {"atomic:operations": [place]}
        late = send(ask, "POST", "/v2/operations", document, Content_Type=ATOMIC)
        expect(late, 504, ("timeout", None))
        # What is stored can be read.
        assert state(ask, night, event) == "scheduled"
        assert ask.get(f"{base(night)}/nights/{night.date}").status_code == 200
    wait_for(
        lambda: ask.get(url).json()["data"]["attributes"]["status"] == "expired", 20, "it expired"
    )
    assert state(ask, night, event) == "scheduled"
    expect(ask.get(f"{events(night)}/{other['id']}"), 404, ("unknown-event", None))


def test_the_sidecar_is_away(own_system: System, ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    add(ask, night, event)
    plan = f"{base(night)}/nights/{night.date}/schedule"
    fresh = {ending: ask.get(f"{plan}.{ending}") for ending in ("json", "txt", "csv")}
    assert all("Age" not in answer.headers for answer in fresh.values())
    own_system.sidecar.kill()
    try:
        for ending, answer in fresh.items():
            old = ask.get(f"{plan}.{ending}")
            assert (old.status_code, old.content) == (200, answer.content)
            assert int(old.headers["Age"]) >= 1
            known = {"If-None-Match": answer.headers["ETag"]}
            assert ask.get(f"{plan}.{ending}", headers=known).status_code == 304
        for path in (
            f"{plan}.ics", f"{plan}?filter[revision]=1",
            events(night), f"{events(night)}/{uuid4()}",
            f"{base(night)}/nights", f"{base(night)}/maintenance",
            f"{events(night)}/{event['id']}/explanation",
        ):  # fmt: skip
            expect(ask.get(path), 504, ("timeout", None))
        # Asking for events needs no reading.
        assert post(ask, night, static(night, 700, 10)).status_code == 201
        expect(change(ask, night, event, zenith="10.000"), 504, ("timeout", None))
    finally:
        own_system.sidecar.start()
        wait_for(own_system.sidecar.ready, 20, "the sidecar is ready")
    assert change(ask, night, event, zenith="10.000").status_code == 200
