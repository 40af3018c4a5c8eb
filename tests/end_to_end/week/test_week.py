"""A week of a small observatory, over HTTP only, looked at by an independent checker."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.end_to_end.asking import VIEWER, Asker
from tests.end_to_end.nights import OBERPFAFFENHOFEN, OTLICA, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import System, running_system
from tests.end_to_end.v2 import asking as second
from tests.end_to_end.week import pieces
from tests.end_to_end.week.exports import check_exports
from tests.end_to_end.week.listener import Listener
from tests.end_to_end.week.observatory import (
    PLACES,
    declare_frozen_lidar,
    more_instruments,
    week_of,
)
from tests.end_to_end.week.player import Player
from tests.end_to_end.week.story import Story
from tests.end_to_end.witness import Witness

SEED = int(os.environ.get("WEEK_SEED", "5"))
STEPS = int(os.environ.get("WEEK_STEPS", "200"))
OLD_PLANS = 40


@pytest.fixture(scope="module")
def observatory(
    surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """A system with two schedulers, one of which stands by, and one more instrument."""
    declared = tmp_path_factory.mktemp("declared")
    declare_frozen_lidar(declared)
    logs = tmp_path_factory.mktemp("logs")
    addresses = surroundings.start("week")
    with more_instruments(declared), running_system(logs, addresses) as found:
        found.add_scheduler()
        found.wait_until_ready()
        yield found


@pytest.fixture(scope="module")
def player(observatory: System, witness: Witness) -> Iterator[Player]:
    """Carries the story out."""
    ask = Asker(observatory.url, witness)
    found = Player(ask, week_of(Nights(ask.client)))
    yield found
    found.close_clients()
    ask.close()


@pytest.fixture(scope="module")
def listeners(observatory: System) -> Iterator[list[Listener]]:
    """Follow every instrument's stream."""
    found = [Listener(observatory.url, place) for place in PLACES]
    yield found
    for listener in found:
        listener.stop()


def test_a_week(observatory: System, player: Player, listeners: list[Listener]) -> None:
    sys.stdout.write(f"WEEK_SEED={SEED} WEEK_STEPS={STEPS}\n")
    story = Story(player, SEED)
    pieces.frozen_night(player.ask)
    name = pieces.series(player, story)
    story.tell(STEPS // 2)
    pieces.refused_things(player, story)
    pieces.maintenance(player, story)
    observatory.stop()
    observatory.start()
    observatory.wait_until_ready()
    player.look_everywhere()
    story.tell(STEPS - STEPS // 2)
    pieces.who_waits_comes_in(player, story)
    pieces.a_change_makes_room(player, story)
    pieces.end_of_series(player, name)
    _check_histories(player)
    _check_streams(player, listeners)
    _check_old_plans(player)
    for place in PLACES:
        night = player.week[place][0]
        check_exports(player.plain, f"{second.base(night)}/nights/{night.date}/schedule")
    sys.stdout.write(f"{player.counts} {player.book.displacements} {player.book.returns}\n")
    assert player.counts["feasibility"] >= 100
    assert min(player.book.displacements, player.book.returns) >= 10


def _check_histories(player: Player) -> None:
    """Every event has been through the states that the answers told, and no others."""
    for wish in player.book.wishes.values():
        assert pieces.history(player, wish) == wish.states, wish


def _check_streams(player: Player, listeners: list[Listener]) -> None:
    """The streams told what the answers told, in this order, once, across the restart."""
    for listener in listeners:
        listener.wait_until(sum(step.total() for step in player.book.steps[listener.place]))
        ids = [each.id for each in listener.told]
        assert ids == sorted(set(ids))
        assert listener.connections > 1
        faults = player.book.check_order(listener.place, listener.entries)
        assert not faults, "\n".join(faults)
        for night in player.week[listener.place]:
            newest = player.plan(listener.place, night.date).revision
            assert listener.revisions(night.date) == list(range(1, newest + 1))


def _check_old_plans(player: Player) -> None:
    """What was served is still there under its revision."""
    served = player.served
    old = [key for key in served if key[2] > 0 and key[0] in {OBERPFAFFENHOFEN, OTLICA}]
    assert len(old) > OLD_PLANS
    for place, night, revision in islice(old, 0, None, len(old) // OLD_PLANS):
        assert player.old_plan(place, night, revision) == served[place, night, revision]
    first = player.week[OTLICA][0]
    path = f"{second.base(first)}/nights/{first.date}/schedule"
    assert player.ask.get(path, by=VIEWER, params={"filter[revision]": "1"}).status_code == 200
