"""Two schedulers: one leads, the other stands by and takes over; nothing is lost in between."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.end_to_end.asking import Asker, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import System, running_system, wait_for
from tests.end_to_end.witness import Witness


@pytest.fixture(scope="module")
def pair(surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system with a second scheduler, which came later."""
    logs = tmp_path_factory.mktemp("logs")
    with running_system(logs, surroundings.start("takeover")) as found:
        found.add_scheduler()
        yield found


@pytest.fixture(scope="module")
def ask(pair: System, witness: Witness) -> Iterator[Asker]:
    """Its API."""
    asker = Asker(pair.url, witness)
    yield asker
    asker.close()


@pytest.fixture(scope="module")
def nights(ask: Asker) -> Nights:
    """Its nights."""
    return Nights(ask.client)


def test_the_standby_is_ready_and_takes_over(pair: System, ask: Asker, night: Night) -> None:
    leader, standby = pair.schedulers
    wait_for(standby.ready, 20, "the standby is ready")
    assert leader.ready()
    first = static(night, 600, 10)
    answer = ask.post(night, first).json()
    for turn in range(1, 4):
        pair.schedulers[0].kill()
        ask.add(night, static(night, 600 + 20 * turn, 10))
        assert ask.post(night, first).json() == answer
        pair.schedulers[0].start()
        wait_for(pair.schedulers[0].ready, 20, "the scheduler that was killed stands by")
        pair.schedulers.reverse()
    kept = [block for block in ask.schedule(night)["data"] if not block["meta"]["filler"]]
    assert len(kept) == 4


def test_a_leader_that_hangs_loses_its_place(pair: System, ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 10))
    leader = pair.schedulers[0]
    leader.send(signal.SIGSTOP)
    try:
        later = static(night, 700, 10)
        wait_for(lambda: ask.post(night, later).status_code == 200, 15, "the other takes over")
    finally:
        leader.send(signal.SIGCONT)
    ask.add(night, static(night, 800, 10))
    wait_for(leader.ready, 20, "the one that hung stands by")
    assert len({block["id"] for block in ask.schedule(night)["data"]} & {later["id"]}) == 1
