"""The rules that PostgreSQL's constraints enforce, for the store in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from models.errors import BrokenSchedule
from models.event import Record, State
from models.instant import MILLISECOND
from models.schedule import Block, Schedule, verify

PLACED = frozenset({State.SCHEDULED, State.DONE, State.FAILED})
"""The states of events that have a block."""


def check_delta(schedule: Schedule, blocks: Iterable[Block]) -> None:
    """Refuse a change that does not lead to the plan that was verified.

    Raises
    ------
    BrokenSchedule
        The blocks differ from the schedule's.
    """
    if sorted(blocks, key=_by_start) != sorted(schedule.blocks, key=_by_start):
        raise BrokenSchedule(["the changes do not lead to the plan"])


def check_night(schedule: Schedule, records: Iterable[Record]) -> None:
    """Refuse a plan that the database would refuse.

    Parameters
    ----------
    schedule
        The night's plan.
    records
        Every event of the night.

    Raises
    ------
    BrokenSchedule
        With every violation found.
    """
    verify(schedule)
    events = {record.event.id: record for record in records}
    blocks = {block.id: block for block in schedule.blocks if not block.filler}
    violations = [*_without_event(blocks, events), *_without_block(blocks, events)]
    for identity, block in blocks.items():
        if identity in events:
            violations += _against_request(block, events[identity])
    if violations:
        raise BrokenSchedule(violations)


def _by_start(block: Block) -> tuple[object, ...]:
    return (block.start, block.id)


def _without_event(blocks: dict[UUID, Block], events: dict[UUID, Record]) -> Iterator[str]:
    for identity in blocks:
        if identity not in events:
            yield f"block_is_event_or_filler: block {identity} has no event"
        elif events[identity].state not in PLACED:
            yield f"block_of_scheduled_event: event {identity} is {events[identity].state}"


def _without_block(blocks: dict[UUID, Block], events: dict[UUID, Record]) -> Iterator[str]:
    for identity, record in events.items():
        if record.state in PLACED and identity not in blocks:
            yield f"scheduled_event_has_block: event {identity} has none"


def _against_request(block: Block, record: Record) -> Iterator[str]:
    event = record.event
    if block.duration // MILLISECOND != event.duration_ms:
        yield f"block_event_shape: block {block.id} lasts {block.duration}"
    if block.start < event.earliest or block.end > event.latest:
        yield f"block_inside_window: block {block.id} runs {block.start} to {block.end}"
