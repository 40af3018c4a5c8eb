"""Commands that bring the process down: given up after five tries, alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from datetime import timedelta

import pytest

from models.errors import Reason, Unreachable
from models.instrument import Attributes
from models.outcome import Status
from scheduler.service import writer
from tests.unit.scheduler.service.world import FAIM, Died, World, add, event

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


def poisonous(kind: str, attributes: Attributes) -> Hashable:
    """What brings the process down as soon as it plans an event with this direction."""
    if attributes.get("zenith") == "13.000":
        raise Died
    return None


async def run_until_it_lives(world: World, most: int) -> int:
    """Start the process again whenever it dies; how often it died."""
    for deaths in range(most + 1):
        try:
            await world.run()
        except Died:
            continue
        return deaths
    raise AssertionError


async def test_a_poisonous_command_is_given_up_after_five_tries(world: World) -> None:
    world.served = dataclasses.replace(FAIM, setup_class=poisonous)
    first, poison, last = event(600, 100), event(700, 100, zenith="13.000"), event(900, 100)
    commands = [add(first), add(poison), add(last)]
    world.log.append(*commands)
    assert await run_until_it_lives(world, 10) == 5
    assert [outcome.status for outcome in world.answers(commands[1])] == [Status.REJECTED]
    [fault] = world.answers(commands[1])[0].faults
    assert fault.reason is Reason.TIMEOUT
    [letter] = world.dead_letters
    assert letter.value == world.log.values[1]
    assert "5 tries" in letter.headers["nightplan_why"]
    assert letter.headers["nightplan_offset"] == "1"
    # Those beside it are not drawn in, the one before nor the one after.
    for command in (commands[0], commands[2]):
        assert {outcome.status for outcome in world.answers(command)} == {Status.ADDED}
    assert world.placed() == [first.id, last.id]
    # It is not tried again.
    world.log.bookmark = 0
    await world.run()
    assert len(world.dead_letters) == 1


async def test_a_poisonous_command_sent_twice(world: World) -> None:
    world.served = dataclasses.replace(FAIM, setup_class=poisonous)
    poison = add(event(700, 100, zenith="13.000"))
    world.log.append(poison, poison)
    assert await run_until_it_lives(world, 10) == 5
    assert len(world.dead_letters) == 1
    assert world.answers(poison)[0].status is Status.REJECTED


async def test_those_behind_a_poisonous_command_are_tried_though_it_expired(world: World) -> None:
    world.served = dataclasses.replace(FAIM, setup_class=poisonous)
    poison, innocent = add(event(700, 100, zenith="13.000")), add(event(900, 100))
    late = innocent.model_copy(update={"expires_at": innocent.expires_at + timedelta(days=1)})
    world.log.append(poison, late)
    for _ in range(5):
        with pytest.raises(Died):
            await world.run()
    world.clock.time = poison.expires_at + timedelta(seconds=1)
    await world.run()
    assert {outcome.status for outcome in world.answers(late)} == {Status.ADDED}
    assert not world.dead_letters


async def test_what_is_begun_again_since_a_part_was_away_is_not_poisonous(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_DELAY", 0.0)
    first, second = add(event(600, 100)), add(event(900, 100))
    await world.run(first)
    # The first is to be answered again before the second is decided, and cannot be.
    world.publisher.failures = [Unreachable("kafka", "away") for _ in range(20)]
    await world.run(first, second)
    assert not world.publisher.failures
    assert [outcome.status for outcome in world.answers(second)] == [Status.ADDED]
    assert not world.dead_letters


async def test_two_poisonous_commands(world: World) -> None:
    world.served = dataclasses.replace(FAIM, setup_class=poisonous)
    bad = [event(700 + 100 * number, 100, zenith="13.000") for number in range(2)]
    good = event(2000, 100)
    commands = [add(bad[0]), add(bad[1]), add(good)]
    world.log.append(*commands)
    assert await run_until_it_lives(world, 12) <= 10
    assert len(world.dead_letters) == 2
    assert {outcome.status for outcome in world.answers(commands[2])} == {Status.ADDED}
    assert world.placed() == [good.id]


async def test_a_dead_letter_is_never_too_long_to_be_sent(world: World) -> None:
    await world.run(b"x" * 1_048_000)
    [letter] = world.dead_letters
    rest = sum(len(name) + len(text) for name, text in letter.headers.items())
    assert len(letter.value) + rest + 1000 < 1_048_576
    assert letter.headers["nightplan_length"] == "1048000"
