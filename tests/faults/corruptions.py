"""Corruptions: a sound history with one thing in it made wrong, and the rule that must notice.

Each takes a history of :class:`tests.faults.small_system.SmallSystem` and a choice among what
could be made wrong; None: nothing could.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from models.event import Record, State
from tests.faults.history import (
    Answered,
    Entry,
    Final,
    Sent,
    Served,
    ServedBlock,
)

History = list[Entry]
Choose = Callable[[int], int]
"""Gives a number below the one given."""
Corruption = Callable[[History, Choose], History | None]
T = TypeVar("T")
E = TypeVar("E")

CORRUPTIONS: dict[str, list[Corruption]] = {}
"""By the rule that must notice, which may not be the only one."""


def noticed_by(rule: str) -> Callable[[Corruption], Corruption]:
    """Say which rule must notice a corruption."""

    def enter(corruption: Corruption) -> Corruption:
        CORRUPTIONS.setdefault(rule, []).append(corruption)
        return corruption

    return enter


def pick(some: Sequence[T], choose: Choose) -> T | None:
    """One of them, if there are any."""
    return some[choose(len(some))] if some else None


def those(history: History, kind: type[E]) -> list[E]:
    """The entries of a kind."""
    return [entry for entry in history if isinstance(entry, kind)]


def replaced(history: History, old: object, new: Entry | None) -> History:
    """The history with one entry replaced or left out."""
    place = next(number for number, entry in enumerate(history) if entry is old)
    return [*history[:place], *([] if new is None else [new]), *history[place + 1 :]]


def final_of(history: History) -> Final:
    """How it ended."""
    [final] = those(history, Final)
    return final


def with_final(history: History, **changes: object) -> History:
    """The history with another end."""
    final = final_of(history)
    return replaced(history, final, final.model_copy(update=changes))


def answer_of(history: History, sent: Sent) -> Answered:
    """What came back for a try."""
    return next(each for each in those(history, Answered) if each.number == sent.number)


def tries(
    history: History, action: str, status: int, *, result: str | None = None
) -> list[tuple[Sent, Answered]]:
    """Tries with a certain answer."""
    pairs = [(sent, answer_of(history, sent)) for sent in those(history, Sent)]
    return [
        (sent, answer)
        for sent, answer in pairs
        if sent.action == action and answer.status == status and answer.result == result
    ]


def records(history: History, *states: State) -> list[Record]:
    """Stored events in certain states."""
    return [each for each in final_of(history).events if each.state in states]


def with_record(history: History, old: Record, new: Record | None) -> History:
    """The history with one stored event replaced or left out, and its block with it."""
    final = final_of(history)
    events = [new if each is old else each for each in final.events]
    kept = tuple(each for each in events if each is not None)
    lost = new is None or new.state is not State.SCHEDULED
    blocks = tuple(each for each in final.blocks if not lost or each.event != old.event.id)
    return with_final(history, events=kept, blocks=blocks)


def in_state(record: Record, state: State, *, step: bool = True) -> Record:
    """The event in another state, with a step to it in its history or without."""
    last = record.history[-1]
    new = last.model_copy(update={"state": state, "at": last.at + timedelta(milliseconds=1)})
    history = (*record.history, new) if step else record.history
    return record.model_copy(update={"state": state, "history": history})


def with_blocks(plan: Served, blocks: Sequence[ServedBlock]) -> Served:
    """The schedule with other blocks."""
    return plan.model_copy(update={"blocks": tuple(blocks)})


def plans(history: History) -> list[Served]:
    """Schedules served that hold events."""
    return [each for each in those(history, Served) if any(not b.filler for b in each.blocks)]
