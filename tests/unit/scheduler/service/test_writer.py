"""The writer's promises: decided once, answered always, nothing lost at any crash."""

from __future__ import annotations

import json

import pytest

from models.errors import Reason, Unreachable
from models.event import Event, State
from models.outcome import Status
from scheduler.service import writer as writer_module
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    BROKER_GONE,
    EVE,
    NOON,
    Died,
    World,
    add,
    event,
    ids,
    remove,
)

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


async def test_a_command_is_decided_stored_answered_and_announced(world: World) -> None:
    asked = event(600, 100)
    command = add(asked)
    await world.run(command)
    [outcome] = world.answers(command)
    assert outcome.status is Status.ADDED
    assert outcome.revision == world.schedule.revision
    assert world.placed() == [asked.id]
    assert world.states(asked) == [State.SCHEDULED]
    assert world.store.contents.outcomes[command.id].status is Status.ADDED
    assert [decided.id for decided, _ in world.store.contents.audit] == [command.id]
    assert world.store.contents.outbox["faim"] == []
    [change] = world.changes
    assert change.headers["ce_type"] == "nightplan.event.scheduled"
    assert change.headers["ce_specversion"] == "1.0"
    assert change.headers["nightplan_request_id"] == command.request_id
    assert json.loads(change.value)["event"] == str(asked.id)
    assert world.log.bookmark == 1


async def test_the_same_batch_again_changes_nothing(world: World) -> None:
    weak, strong = event(600, 100), event(650, 100)
    commands = [add(weak), add(strong, by=BOSS), remove(strong, by=BOSS)]
    for command in commands:
        await world.run(command)
    before = world.schedule
    history = world.states(weak), world.states(strong)
    for _ in range(3):
        world.log.bookmark = 0
        await world.run()
    assert world.schedule == before
    assert (world.states(weak), world.states(strong)) == history
    for command in commands:
        answers = world.answers(command)
        assert len(answers) == 4
        same = answers[0].model_copy(update={"timings": {}})
        assert all(answer.model_copy(update={"timings": {}}) == same for answer in answers)
    assert len(world.store.contents.audit) == 3


async def test_the_same_command_twice_in_one_batch(world: World) -> None:
    command = add(event(600, 100))
    await world.run(command, command, command)
    assert [outcome.status for outcome in world.answers(command)] == [Status.ADDED] * 3
    assert world.schedule.revision == 2  # the empty night was the first
    assert len(world.store.contents.audit) == 1


async def test_another_content_under_the_same_id(world: World) -> None:
    asked = event(600, 100)
    other = asked.model_copy(update={"attributes": {**asked.attributes, "zenith": "10.000"}})
    first, second, third = add(asked), add(other), add(asked, by=EVE)
    await world.run(first, second)
    await world.run(third)
    assert [outcome.status for outcome in world.answers(first)] == [Status.ADDED]
    for refused in (second, third):
        [outcome] = world.answers(refused)
        assert outcome.status is Status.REJECTED
        assert [fault.reason for fault in outcome.faults] == [Reason.ID_CONFLICT]
        assert outcome.faults[0].pointer == "/id"
    record = world.record(asked)
    assert record is not None
    assert record.event.attributes["zenith"] == "60.300"
    assert record.owner == ALICE.subject


async def test_dying_between_commit_and_publish(world: World) -> None:
    asked = event(600, 100)
    command = add(asked)
    await world.run()
    world.publisher.failures = [Died()]
    with pytest.raises(Died):
        await world.run(command)
    # Committed, but nobody has heard of it.
    assert world.placed() == [asked.id]
    assert world.outcomes == []
    assert world.log.bookmark == 0
    await world.run()
    # From the outbox, and once more because the command was delivered again.
    assert [outcome.status for outcome in world.answers(command)] == [Status.ADDED] * 2
    assert len(world.changes) == 1
    assert world.states(asked) == [State.SCHEDULED]
    assert world.log.bookmark == 1


async def test_a_broker_that_is_gone_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "RETRY_DELAY", 0.0)
    asked = event(600, 100)
    command = add(asked)
    await world.run()
    world.publisher.failures = [BROKER_GONE] * 8
    await world.run(command)
    assert {outcome.status for outcome in world.answers(command)} == {Status.ADDED}
    assert world.states(asked) == [State.SCHEDULED]
    assert world.dead_letters == []


async def test_a_bookmark_that_cannot_be_moved_is_no_harm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, offset: int) -> None:
        raise Unreachable("kafka", "the bookmark cannot be moved")

    monkeypatch.setattr("tests.unit.scheduler.service.world.Reader.move_bookmark", fail)
    command = add(event(600, 100))
    await world.run(command)
    assert [outcome.status for outcome in world.answers(command)] == [Status.ADDED]


@pytest.mark.parametrize(
    "value", [b"", b"\xff\xfe", b"{}", b"null", b"[" * 10_000, b'{"id": 1}'], ids=repr
)
async def test_a_message_that_is_no_command_is_put_aside(world: World, value: bytes) -> None:
    asked = event(600, 100)
    command = add(asked)
    await world.run(value, command, value)
    assert [letter.value for letter in world.dead_letters] == [value, value]
    offsets = [letter.headers["nightplan_offset"] for letter in world.dead_letters]
    assert offsets == ["0", "2"]
    assert all(letter.headers["nightplan_why"] for letter in world.dead_letters)
    assert [outcome.status for outcome in world.answers(command)] == [Status.ADDED]


async def test_an_expired_command_is_neither_carried_out_nor_stored(world: World) -> None:
    late, just, again = event(600, 100), event(800, 100), event(1000, 100)
    commands = [add(late, seconds=0), add(just, seconds=0.001), add(again, seconds=-1)]
    await world.run(*commands)
    assert world.answers(commands[0]) == []
    assert [outcome.status for outcome in world.answers(commands[1])] == [Status.ADDED]
    assert world.placed() == [just.id]
    assert set(world.store.contents.outcomes) == {just.id}
    assert world.log.bookmark == 3
    # Sent again in time it is carried out, whatever became of the first.
    second = add(again)
    await world.run(second)
    assert [outcome.status for outcome in world.answers(second)] == [Status.ADDED]


async def test_a_batch_is_one_plan_with_an_outcome_for_each(world: World) -> None:
    await world.run()
    events = [event(600 + 50 * number, 100) for number in range(10)]
    commands = [add(asked) for asked in events]
    unknown = remove(event(0, 1))
    await world.run(*commands, unknown)
    # One plan: every second fits beside the others, and one revision says so.
    assert world.schedule.revision == 2
    assert len(world.placed()) == 5
    for asked, command in zip(events, commands, strict=True):
        [outcome] = world.answers(command)
        assert (outcome.status is Status.ADDED) == (asked.id in world.placed())
        if outcome.status is Status.REJECTED:
            [fault] = outcome.faults
            assert fault.reason is Reason.CONFLICT
            assert set(fault.meta["events"]) <= set(map(str, world.placed()))
            assert world.record(asked) is None
    [outcome] = world.answers(unknown)
    assert [fault.reason for fault in outcome.faults] == [Reason.UNKNOWN_EVENT]


async def test_adding_and_removing_the_same_event_in_one_batch(world: World) -> None:
    asked = event(600, 100)
    first, gone, twice = add(asked), remove(asked), remove(asked)
    await world.run(first, gone, twice)
    assert [outcome.status for outcome in world.outcomes] == [
        Status.ADDED,
        Status.REMOVED,
        Status.REJECTED,
    ]
    assert world.states(asked) == [State.SCHEDULED, State.DELETED]
    assert world.placed() == []


async def test_a_batch_over_several_nights(world: World) -> None:
    here, there = event(600, 100), event(600 + 5 * 86_400, 100)
    commands = [add(here), add(there)]
    await world.run(*commands)
    nights = {world.answers(command)[0].night for command in commands}
    assert len(nights) == 2
    assert world.placed() == [here.id]


async def test_an_instrument_of_another_group_is_refused(world: World) -> None:
    asked = event(600, 100).model_copy(update={"instrument": event(0, 1).id})
    command = add(asked)
    await world.run(command)
    [outcome] = world.answers(command)
    assert [fault.reason for fault in outcome.faults] == [Reason.UNKNOWN_INSTRUMENT]


async def test_dates_without_a_night(world: World) -> None:
    def in_year(year: int) -> Event:
        asked = event(600, 100)
        window = asked.windows[0]
        moved = window.model_copy(
            update={
                "start": window.start.replace(year=year),
                "end": window.end.replace(year=year),
            }
        )
        return asked.model_copy(update={"windows": (moved,)})

    commands = [add(in_year(1)), add(in_year(9999))]
    await world.run(*commands)
    reasons = [world.answers(command)[0].faults[0].reason for command in commands]
    assert reasons == [Reason.IN_THE_PAST, Reason.OUTSIDE_LIMITS]


async def test_the_current_night_is_planned_unasked(world: World) -> None:
    await world.run()
    assert world.schedule.revision == 1
    assert len(world.fillers()) > 300
    assert world.fillers()[0][0] > NOON


async def test_what_waited_in_vain_expires(world: World) -> None:
    weak, strong = event(600, 100), event(650, 100)
    await world.run(add(weak, by=EVE))
    await world.run(add(strong, by=BOSS))
    assert world.placed() == ids([strong])
    assert world.states(weak) == [State.SCHEDULED, State.DISPLACED]
    world.clock.time = strong.latest
    await world.run()
    assert world.states(weak)[-1] is State.EXPIRED
    assert world.states(strong) == [State.SCHEDULED]
