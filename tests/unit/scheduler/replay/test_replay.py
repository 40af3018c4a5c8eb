"""A replay: what was lost with the database is there again, as it was."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from models.command import Command, CommandKind, Part
from models.errors import Reason, Unreachable
from models.event import State
from models.maintenance import Maintenance
from models.outcome import Status
from models.window import Window
from scheduler.replay import replay as replay_module
from scheduler.replay.refusals import (
    AlreadyDecided,
    CommandsMissing,
    LogReplaced,
    LogTooShort,
    NotInTheLog,
    StillLed,
)
from tests.unit.scheduler.replay.past import BEGINNING, Past, Restored, everything
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    DAY,
    EVE,
    FAIM,
    NOON,
    Died,
    add,
    after_dusk,
    event,
    remove,
)

pytestmark = pytest.mark.asyncio


@pytest.fixture
def past() -> Past:
    return Past()


async def test_what_was_decided_after_the_backup_is_there_again(past: Past) -> None:
    weak, strong, other = event(600, 100), event(650, 100), event(3000, 10)
    await past.run(add(weak, by=EVE), add(other))
    restored = Restored(past, past.snapshot())
    await past.run(add(strong, by=BOSS))
    await past.run(add(event(660, 10), by=EVE), add(event(900, 10)))
    await past.run(remove(strong, by=BOSS), remove(other, by=EVE))
    assert past.states(weak) == [State.SCHEDULED, State.DISPLACED, State.SCHEDULED]
    report = await restored.run()
    assert everything(restored.store.contents) == everything(past.store.contents)
    assert (len(report.replayed), report.known) == (5, 2)
    assert (report.left_out, report.differing) == ([], [])
    # Told again, in the same order, and nothing is left to be told.
    assert restored.store.contents.outbox["faim"] == []
    told = [message.headers["ce_id"] for message in past.publisher.messages]
    assert [message.headers["ce_id"] for message in restored.publisher.messages] == told[-10:]


async def test_a_second_run_changes_nothing(past: Past) -> None:
    await past.run()
    restored = Restored(past, past.snapshot())
    await past.run(add(event(600, 100)))
    await past.run(add(event(650, 100), by=BOSS))
    await restored.run()
    before = everything(restored.store.contents)
    report = await restored.run()
    assert (len(report.replayed), report.known) == (0, 2)
    assert everything(restored.store.contents) == before


async def test_a_dry_run_tells_and_changes_nothing(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    first, second = add(event(600, 100)), add(event(650, 100), by=BOSS)
    await past.run(first)
    await past.run(second)
    report = await restored.run(dry=True, leave_out=[second.id])
    assert [each.command for each in report.replayed] == [first]
    assert [each.command for each in report.left_out] == [second]
    assert everything(restored.store.contents) == everything(Past().snapshot())
    assert restored.publisher.messages == []


async def test_killed_in_the_middle_and_run_again(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "ANNOUNCED_EVERY", 1)
    await past.run()
    restored = Restored(past, past.snapshot())
    asked = [event(600 + 50 * number, 100) for number in range(6)]
    for number, each in enumerate(asked):
        await past.run(add(each, by=(ALICE, BOSS, EVE)[number % 3]))
    await past.run(remove(asked[1], by=BOSS))
    wanted = everything(past.store.contents)
    for number in range(3):
        restored.publisher.failures = [Died()]
        with pytest.raises(Died):
            await restored.run()
        assert len(restored.store.contents.outcomes) == number + 1
    report = await restored.run()
    assert report.known == 3
    assert everything(restored.store.contents) == wanted


async def test_a_broker_that_is_gone_is_told_and_nothing_is_lost(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    await past.run(add(event(600, 100)))
    restored.publisher.failures = [Unreachable("kafka", "not acknowledged")]
    with pytest.raises(Unreachable):
        await restored.run()
    await restored.run()
    assert everything(restored.store.contents) == everything(past.store.contents)
    assert len(restored.publisher.messages) == 2


async def test_without_the_wrong_deletion(past: Past) -> None:
    """What the deletion made room for stays displaced; who got the room is told of it."""
    weak, strong = event(600, 100), event(650, 100)
    await past.run(add(weak, by=EVE))
    await past.run(add(strong, by=BOSS))
    restored = Restored(past, past.snapshot())
    wrong = remove(strong, by=BOSS)
    lucky, unlucky, free = event(700, 40), event(610, 10), event(3000, 10)
    await past.run(wrong)
    await past.run(add(lucky), add(unlucky, by=EVE))
    await past.run(add(free))
    assert past.states(weak)[-1] is State.SCHEDULED
    assert past.states(lucky) == [State.SCHEDULED]
    assert past.states(unlucky) == []
    report = await restored.run(leave_out=[wrong.id])
    contents = restored.store.contents
    assert [each.command for each in report.left_out] == [wrong]
    [found] = report.differing
    assert found.command.id == lucky.id
    assert (found.then.status, found.now.status) == (Status.ADDED, Status.REJECTED)
    assert found.now.decided_at == found.then.decided_at
    assert [fault.reason for fault in found.now.faults] == [Reason.CONFLICT]
    assert contents.events[strong.id].state is State.SCHEDULED
    assert contents.events[weak.id].state is State.DISPLACED
    assert wrong.id not in contents.outcomes
    # What came out the same keeps its words, to the revision.
    assert contents.outcomes[free.id] == past.store.contents.outcomes[free.id]
    assert contents.outcomes[unlucky.id] == past.store.contents.outcomes[unlucky.id]
    assert contents.nights[FAIM.id, DAY].revision == past.schedule.revision


async def test_what_was_rejected_stays_rejected(past: Past) -> None:
    """Without the addition that was in its way it would win, but its caller was told no."""
    await past.run()
    restored = Restored(past, past.snapshot())
    strong, weak, beside = event(600, 100), event(650, 100), event(900, 10)
    wrong = add(strong, by=BOSS)
    await past.run(wrong)
    await past.run(add(weak, by=EVE), add(beside))
    report = await restored.run(leave_out=[wrong.id])
    contents = restored.store.contents
    assert report.differing == []
    assert contents.outcomes[weak.id].status is Status.REJECTED
    assert set(contents.events) == {beside.id}


async def test_the_removal_of_what_was_left_out_comes_out_differently(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    asked = event(600, 100)
    wrong, after = add(asked), remove(asked)
    await past.run(wrong)
    await past.run(after)
    report = await restored.run(leave_out=[wrong.id])
    [found] = report.differing
    assert (found.then.status, found.now.status) == (Status.REMOVED, Status.REJECTED)
    assert restored.store.contents.outcomes[after.id] == found.now
    assert restored.store.contents.events == {}


async def test_rejections_without_a_night_are_stored_word_for_word(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    nowhere = remove(event(600, 100))
    await past.run(nowhere)
    await restored.run()
    stored = restored.store.contents.outcomes[nowhere.id]
    assert stored == past.store.contents.outcomes[nowhere.id]
    assert [fault.reason for fault in stored.faults] == [Reason.UNKNOWN_EVENT]


async def test_a_night_that_was_planned_before_it_was_asked_for(past: Past) -> None:
    """A plan without a command is told by nothing but the next revision."""
    restored = Restored(past, past.snapshot())
    await past.run()
    assert past.schedule.revision == 1
    await past.run(add(event(600, 100)))
    await restored.run()
    assert everything(restored.store.contents) == everything(past.store.contents)


async def test_who_waited_in_vain_expires_at_the_same_time(past: Past) -> None:
    weak, strong = event(600, 100), event(650, 100)
    await past.run(add(weak, by=EVE))
    await past.run(add(strong, by=BOSS))
    restored = Restored(past, past.snapshot())
    past.clock.time = after_dusk(605)
    await past.run()
    assert past.states(weak)[-1] is State.EXPIRED
    later = add(event(2000, 10), at=past.clock.time)
    await past.run(later)
    await restored.run()
    assert everything(restored.store.contents) == everything(past.store.contents)
    before = everything(restored.store.contents)
    await restored.run()
    assert everything(restored.store.contents) == before


async def test_only_until(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    first, second = add(event(600, 100)), add(event(900, 100))
    await past.run(first)
    between = past.clock.time
    await past.run(second)
    await restored.run(until=between)
    assert set(restored.store.contents.outcomes) == {first.id}


async def test_somebody_else_leads(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    async with restored.store.lead("faim"):
        with pytest.raises(StillLed, match=r"leads the scheduling group faim .* stop every"):
            await restored.replay(patience=0.05).run(_span())


async def test_a_log_that_no_longer_reaches_back(past: Past) -> None:
    await past.run(add(event(600, 100)))
    restored = Restored(past, past.snapshot())
    restored.log.begin, restored.log.oldest = 7, after_dusk(0)
    with pytest.raises(LogTooShort, match=r"no longer reaches back to 2026-11-21T12:00:00\.000Z"):
        await restored.run()
    restored.log.oldest = None
    with pytest.raises(LogTooShort, match="it holds nothing any more"):
        await restored.run()


async def test_a_log_that_was_replaced(past: Past) -> None:
    await past.run(add(event(600, 100)))
    restored = Restored(past, past.snapshot())
    restored.log.oldest = after_dusk(0)
    with pytest.raises(LogReplaced, match="was replaced: it begins at"):
        await restored.run()
    restored.log.oldest = None
    for since in (BEGINNING, after_dusk(0)):
        with pytest.raises(LogReplaced, match="it is empty"):
            await restored.run(since=since)


async def test_the_log_of_a_new_system_need_not_reach_back(past: Past) -> None:
    empty = Restored(past, past.snapshot())
    asked = add(event(600, 100))
    await past.run(asked)
    empty.log.oldest = NOON
    await empty.run(since=BEGINNING)
    assert set(empty.store.contents.outcomes) == {asked.id}


async def test_outcomes_without_their_commands(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    asked = add(event(600, 100))
    await past.run(asked)
    past.log.values.clear()
    with pytest.raises(CommandsMissing, match=f"1 command.* {asked.id}; name an earlier --since"):
        await restored.run()


async def test_only_what_is_in_the_log_and_not_in_the_database_can_be_left_out(past: Past) -> None:
    first, second = add(event(600, 100)), add(event(900, 100))
    await past.run(first)
    restored = Restored(past, past.snapshot())
    await past.run(second)
    unknown = remove(event(0, 10))
    with pytest.raises(NotInTheLog, match=str(unknown.id)):
        await restored.run(leave_out=[unknown.id, second.id])
    with pytest.raises(AlreadyDecided, match=f"{first.id}; restore to an earlier point"):
        await restored.run(leave_out=[first.id])
    assert set(restored.store.contents.outcomes) == {first.id}


async def test_other_messages_in_the_log_are_passed_over(past: Past) -> None:
    restored = Restored(past, past.snapshot())
    asked = add(event(600, 100))
    await past.run(b"\xff nonsense", asked)
    report = await restored.run()
    assert [each.command for each in report.replayed] == [asked]


def compound(kind: CommandKind, **others: object) -> Command:
    """A command that may concern several nights."""
    return Command.model_validate(
        {
            "id": uuid4(),
            "kind": kind,
            "instrument": FAIM.id,
            "caller": BOSS,
            "issued_at": NOON,
            "expires_at": NOON + timedelta(seconds=3),
            **others,
        }
    )


async def test_compound_commands_and_questions(past: Past) -> None:
    """Maintenance, changes and series of changes are settled again; questions change nothing."""
    asked, other, third = event(600, 100), event(900, 100), event(2000, 100)
    await past.run(add(asked), add(other))
    restored = Restored(past, past.snapshot())
    window = Window(start=after_dusk(550), end=after_dusk(650))
    closed = Maintenance(id=uuid4(), instrument=FAIM.id, window=window)
    await past.run(compound(CommandKind.CLOSE, maintenance=closed))
    assert past.states(asked)[-1] is State.DISPLACED
    moved = other.model_copy(
        update={"windows": (Window(start=after_dusk(950), end=after_dusk(1050)),)}
    )
    await past.run(compound(CommandKind.CHANGE, event=moved))
    await past.run(compound(CommandKind.TRY, event=event(3000, 10)))
    parts = [
        Part(kind=CommandKind.ADD, event=third),
        Part(kind=CommandKind.REMOVE, event_id=other.id),
    ]
    await past.run(compound(CommandKind.ADD, event=third, parts=parts))
    await past.run(compound(CommandKind.REMOVE, event_id=other.id, parts=parts[1:]))
    await past.run(compound(CommandKind.OPEN, maintenance_id=closed.id))
    assert past.states(asked)[-1] is State.SCHEDULED
    statuses = [outcome.status.value for outcome in past.store.contents.outcomes.values()]
    report = await restored.run()
    assert report.differing == []
    assert everything(restored.store.contents) == everything(past.store.contents), statuses
    assert (await restored.run()).replayed == []


def _span() -> replay_module.Span:
    return replay_module.Span(since=NOON)
