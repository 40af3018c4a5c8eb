"""Rules about the end: everything decided, the database in order, and all of it soon enough."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from models.event import State
from tests.faults.checker.account import Account, Place

LONGEST_CALM = 60.0
"""Seconds within which everything is settled once the faults are off."""


def history_is_complete(account: Account) -> Iterator[str]:
    """The history tells the end: the faults ended, everything settled, the database was read."""
    for name in ("calm", "settled"):
        if name not in account.phases:
            yield f"the phase {name!r} was never reached"
    if account.final is None:
        yield "the database was not read in the end"


def settles_in_time(account: Account) -> Iterator[str]:
    """With the faults off, everything is settled within 60 s."""
    calm, settled = account.phases.get("calm"), account.phases.get("settled")
    if calm is not None and settled is not None:
        seconds = (settled - calm).total_seconds()
        if seconds > LONGEST_CALM:
            yield f"settled {seconds:.1f} s after calm, expected {LONGEST_CALM:g} s"


def nothing_is_left_over(account: Account) -> Iterator[str]:
    """No message waits in the outbox, and no command of a client that waits for it is undecided.

    A removal without a key may be left over when it expires: its client has asked
    anew, by another command.
    """
    if account.final is None:
        return
    if account.final.outbox:
        yield f"{account.final.outbox} messages wait in the outbox"
    undecided = set(account.final.undecided)
    for asked in account.asked:
        first = asked.tries[0].sent
        if first.action == "remove" and first.key is None and not asked.accepted:
            continue
        told = account.told_of(asked)
        expired = told and told[-1].state == "expired"
        for command in sorted(asked.ids & undecided, key=str):
            if not expired and account.outcome_of(asked) is None:
                yield f"{asked} was begun and never decided (command {command})"


def database_agrees_with_itself(account: Account) -> Iterator[str]:
    """The blocks that are stored are those of the scheduled events, and fillers."""
    if account.final is None:
        return
    nights = {(each.instrument, each.night) for each in account.final.nights}
    with_block: dict[UUID, Place] = {}
    for place, blocks in account.blocks.items():
        if place not in nights:
            yield f"blocks of {place[0]} in {place[1]}, a night that is not stored"
        for block in blocks:
            if block.event is None:
                continue
            with_block[block.event] = place
            record = account.records.get(block.event)
            if record is None:
                yield f"block {block.id} is that of event {block.event}, which is not stored"
                continue
            if (record.event.instrument, record.night) != place:
                yield f"block {block.id} is not in the night {record.night} of its event"
            length = block.end - block.start
            if length != record.event.duration:
                yield f"block {block.id} lasts {length}, its event {record.event.duration}"
            if not any(window.contains(block.start, block.end) for window in record.event.windows):
                yield f"block {block.id}, {block.start} to {block.end}, is in no window"
    for event, record in account.records.items():
        if (record.state is State.SCHEDULED) != (event in with_block):
            has = "has a" if event in with_block else "has no"
            yield f"event {event} is {record.state} and {has} block"


def revision_is_newest(account: Account) -> Iterator[str]:
    """No revision that anybody saw is newer than the one stored in the end."""
    if account.final is None:
        return
    stored = {(each.instrument, each.night): each.revision for each in account.final.nights}
    seen: dict[Place, tuple[int, str]] = {}

    def look(place: Place, revision: int, where: str) -> None:
        if revision > seen.get(place, (-1, ""))[0]:
            seen[place] = (revision, where)

    for plan in account.served:
        look((plan.instrument, plan.night), plan.revision, f"served by {plan.source} at {plan.at}")
    for change in account.changes:
        look((change.instrument, change.night), change.revision, f"announced of {change.event}")
    for each in account.tries:
        if each.accomplished and each.answer is not None and each.answer.revision is not None:
            look((each.sent.instrument, each.sent.night), each.answer.revision, str(each))
    for place, (revision, where) in seen.items():
        if revision > stored.get(place, 0):
            yield (
                f"{place[0]} in {place[1]} is stored in revision {stored.get(place)}; "
                f"{revision} was {where}"
            )
