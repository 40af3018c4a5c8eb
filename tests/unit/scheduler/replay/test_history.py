"""What was decided, in the batches and the order of then."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from models.command import Command
from models.errors import Fault, Reason
from models.event import State
from models.outcome import Change, Outcome, Status
from scheduler.replay.history import Batch, Decided, arrange, join, without
from tests.unit.scheduler.service.world import BOSS, DAY, FAIM, NOON, add, event

SECOND = timedelta(seconds=1)


def added(command: Command, at: datetime = NOON, revision: int = 1) -> Outcome:
    return Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=Status.ADDED,
        event=command.event,
        night=DAY,
        revision=revision,
        decided_at=at,
    )


def rejected(command: Command, reason: Reason, at: datetime = NOON) -> Outcome:
    return Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=Status.REJECTED,
        faults=(Fault(reason=reason, detail="no"),),
        decided_at=at,
    )


def change(at: datetime, state: State, revision: int = 1, identifier: UUID | None = None) -> Change:
    return Change(
        instrument=FAIM.id,
        night=DAY,
        revision=revision,
        event=identifier or uuid4(),
        state=state,
        at=at,
        cause="because",
        by="nightplan",
    )


def ids(batches: list[Batch]) -> list[list[UUID]]:
    return [[each.command.id for each in batch.decided] for batch in batches]


def test_an_outcome_finds_its_command_whatever_was_sent_twice() -> None:
    first, second = add(event(600, 10)), add(event(700, 10))
    undecided = add(event(800, 10))
    outcomes = [added(second), added(first), added(second), added(first)]
    found, alone = join([first, undecided, second, first], outcomes)
    assert [each.command for each in found] == [second, first]
    assert alone == []


def test_of_the_same_command_sent_twice_the_one_counts_that_had_not_expired() -> None:
    asked = event(600, 10)
    late, again = add(asked, at=NOON - 60 * SECOND), add(asked)
    [found], _ = join([late, again], [added(again)])
    assert found.command == again
    # Clocks may disagree; then any of them is better than none.
    [found], _ = join([late], [added(late)])
    assert found.command == late


def test_the_refusal_of_a_taken_id_is_nobodys_outcome() -> None:
    asked = event(600, 10)
    first = add(asked)
    other = add(asked, by=BOSS)
    conflict = rejected(other, Reason.ID_CONFLICT)
    # It may even come first: it is sent at once, the outcome through the outbox.
    found, alone = join([first, other], [conflict, added(first), conflict])
    assert found == [Decided(command=first, outcome=added(first))]
    assert alone == []
    assert join([other], [conflict]) == ([], [])


def test_an_outcome_without_its_command_is_told() -> None:
    asked = add(event(600, 10))
    assert join([], [added(asked)]) == ([], [added(asked)])


def test_one_time_is_one_batch_in_the_order_of_the_outcomes() -> None:
    commands = [add(event(600 + 20 * number, 10)) for number in range(4)]
    later = NOON + SECOND
    found, _ = join(
        commands,
        [
            added(commands[3], later, 2),
            added(commands[1]),
            rejected(commands[0], Reason.CONFLICT),
            added(commands[2], later, 2),
        ],
    )
    batches = arrange(found, [])
    assert ids(batches) == [
        [commands[1].id, commands[0].id],
        [commands[3].id, commands[2].id],
    ]
    assert [(batch.at, batch.night, batch.revision) for batch in batches] == [
        (NOON, (FAIM.id, DAY), 1),
        (later, (FAIM.id, DAY), 2),
    ]


def test_where_the_clock_was_set_back_the_revisions_give_the_order() -> None:
    commands = [add(event(600 + 20 * number, 10)) for number in range(3)]
    times = [NOON, NOON - 5 * SECOND, NOON + SECOND]
    found, _ = join(
        commands, [added(commands[number], times[number], number + 1) for number in range(3)]
    )
    assert ids(arrange(found, [])) == [[command.id] for command in commands]


def test_waiting_in_vain_makes_a_batch_without_commands() -> None:
    asked = add(event(600, 10))
    found, _ = join([asked], [added(asked)])
    background = NOON + SECOND
    gone, other = uuid4(), uuid4()
    steps = [
        change(background, State.EXPIRED, 2, gone),
        change(background, State.EXPIRED, 2, other),
        change(background, State.SCHEDULED, 2),
        change(NOON, State.EXPIRED, 1),  # decided together with the command
        change(NOON + 2 * SECOND, State.SCHEDULED, 3),  # a command's that is not in the span
    ]
    first, second = arrange(found, [*steps, *steps])
    assert ids([first]) == [[asked.id]]
    assert second == Batch(
        at=background, night=(FAIM.id, DAY), revision=2, expired=frozenset({gone, other})
    )


def test_leaving_out_keeps_the_rest_of_a_batch() -> None:
    commands = [add(event(600 + 20 * number, 10)) for number in range(3)]
    found, _ = join(
        commands,
        [added(commands[0]), added(commands[1]), added(commands[2], NOON + SECOND, 2)],
    )
    batches = arrange(found, [change(NOON + 2 * SECOND, State.EXPIRED, 3)])
    left = without(batches, dict.fromkeys((commands[1].id, commands[2].id)))
    assert ids(left) == [[commands[0].id], []]
    assert left[1].expired


def test_who_was_given_up_is_known_by_its_reason() -> None:
    asked = add(event(600, 10))
    assert Decided(command=asked, outcome=rejected(asked, Reason.TIMEOUT)).given_up
    assert not Decided(command=asked, outcome=rejected(asked, Reason.CONFLICT)).given_up
    assert not Decided(command=asked, outcome=added(asked)).given_up
