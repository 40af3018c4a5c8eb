"""Bugs to plant into the scheduler."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from adapters.kafka.commands import KafkaCommands
from adapters.postgres import statements
from adapters.postgres.store import PostgresDesk
from adapters.postgres.tables import COMMAND
from adapters.postgres.transaction import PostgresTransaction
from models.command import Command, CommandKind
from models.errors import Reason
from models.event import State, StateChange
from models.exchange import Attempt, Received
from models.outcome import Change, Outcome
from models.schedule import Block
from scheduler.planner import Planner
from scheduler.ports import Desk, Publisher, Transaction
from scheduler.service import admission, decide, nights, outbox, tries, writer
from scheduler.service.decide import Decision
from scheduler.service.messages import outcome_message
from tests.faults.planting import original, plant

Step = TypeVar("Step", StateChange, Change)
FOR_EVER = timedelta(days=1)
_KNOWN = text("SELECT id FROM event WHERE id = ANY(CAST(:ids AS uuid[]))")
_OWN = ("kind", "event", "subject", "body_hash", "body", "outcome", "decided_at")


def move_bookmark_early() -> None:
    """As Kafka's auto-commit does: what was received counts as done."""
    before = original(KafkaCommands, "receive")

    async def receive(self: KafkaCommands) -> Sequence[Received]:
        found: Sequence[Received] = await before(self)
        if found:
            await self.move_bookmark(found[-1].offset + 1)
        return found

    plant(KafkaCommands, "receive", receive)


def decide_again() -> None:
    """Forget outcomes when a command comes again; store the last one."""
    count = original(PostgresDesk, "count_attempts")
    save = original(PostgresTransaction, "_save_events")
    check = original(admission, "check")

    async def count_attempts(
        self: PostgresDesk, commands: Sequence[Command]
    ) -> Mapping[UUID, Attempt]:
        found = await count(self, commands)
        return {key: dataclasses.replace(each, outcome=None) for key, each in found.items()}

    async def save_events(self: PostgresTransaction, given: Any) -> None:
        ids = [record.event.id for record in given.added]
        known = {row.id for row in await self._connection.execute(_KNOWN, {"ids": ids})}
        added = tuple(record for record in given.added if record.event.id not in known)
        await save(self, dataclasses.replace(given, added=added))

    def check_as_new(
        instrument: Any, night: Any, state: Any, command: Command, record: Any, **more: Any
    ) -> Any:
        known = None if command.kind is CommandKind.ADD else record
        return check(instrument, night, state, command, known, **more)

    plant(admission, "check", check_as_new)
    again = insert(COMMAND)
    plant(PostgresDesk, "count_attempts", count_attempts)
    plant(PostgresTransaction, "_save_events", save_events)
    always = again.on_conflict_do_update(
        index_elements=[COMMAND.c.id], set_={name: again.excluded[name] for name in _OWN}
    )
    plant(statements, "SAVE_OUTCOME", always)


def publish_early() -> None:
    """Tell the outcomes as soon as they are written, and commit after that."""
    begin = original(writer.Writer, "__init__")
    save = original(nights.Nights, "save")

    def begin_with_publisher(self: writer.Writer, **given: Any) -> None:
        begin(self, **given)
        self._nights.publisher = given["publisher"]  # type: ignore[attr-defined]

    async def save_and_publish(
        self: Any, transaction: Transaction, decided: Any, messages: Any, timings: Any
    ) -> None:
        await save(self, transaction, decided, messages, timings)
        answers = [
            outcome_message(self.group, outcome, timings, command.request_id)
            for command, outcome in decided
        ]
        if answers:
            await self.publisher.publish(answers)

    plant(writer.Writer, "__init__", begin_with_publisher)
    plant(nights.Nights, "save", save_and_publish)


def let_overlap() -> None:
    """Put in what was left out for want of room, and let nothing look at the plan."""
    before = original(Planner, "plan")

    def plan(self: Planner, **given: Any) -> Any:
        found = before(self, **given)
        crowded = [
            event
            for event in given["events"]
            if event.fixed
            and event.id in found.left_out
            and found.left_out[event.id].reason in {Reason.CONFLICT, Reason.NO_ROOM}
        ]
        over = [
            Block(
                id=event.id,
                type=event.type,
                start=event.earliest,
                end=event.latest,
                attributes=event.attributes,
            )
            for event in crowded
        ]
        blocks = sorted([*found.blocks, *over], key=lambda block: block.start)
        there = {event.id for event in crowded}
        left = {key: why for key, why in found.left_out.items() if key not in there}
        return dataclasses.replace(found, blocks=tuple(blocks), left_out=left)

    plant(Planner, "plan", plan)
    plant(decide, "verify", lambda _: None)


def keep_displacements_secret() -> None:
    """Neither name displaced events in outcomes nor announce them."""

    def silence(found: Decision) -> Decision:
        return dataclasses.replace(
            found,
            outcomes=tuple(
                (command, outcome.model_copy(update={"displaced": ()}))
                for command, outcome in found.outcomes
            ),
            changes=tuple(each for each in found.changes if each.state is not State.DISPLACED),
        )

    _after_deciding(silence)


def delete_displaced() -> None:
    """Drop an event that loses its place."""

    def drop(found: Decision) -> Decision:
        if found.update is None:
            return found
        steps = tuple(_deleted(each) for each in found.update.changes)
        return dataclasses.replace(
            found,
            update=dataclasses.replace(found.update, changes=steps),
            changes=tuple(_deleted(each) for each in found.changes),
        )

    _after_deciding(drop)


def _after_deciding(change: Callable[[Decision], Decision]) -> None:
    before = original(nights.Nights, "decide")

    async def decide_and_change(self: Any, *given: Any, **more: Any) -> Decision:
        return change(await before(self, *given, **more))

    plant(nights.Nights, "decide", decide_and_change)


def _deleted(step: Step) -> Step:
    gone = step.state is State.DISPLACED
    return step.model_copy(update={"state": State.DELETED}) if gone else step


def clear_outbox_first() -> None:
    """Forget messages, then send them."""

    async def empty_outbox(desk: Desk, publisher: Publisher) -> None:
        while stored := await desk.read_outbox(outbox.LIMIT):
            await desk.clear_outbox([entry.number for entry in stored])
            await publisher.publish([entry.message for entry in stored])

    plant(writer, "empty_outbox", empty_outbox)


def never_expire() -> None:
    """Take every command as one that somebody waits for."""
    before = original(writer, "read_commands")

    def read_commands(received: Sequence[Received]) -> Any:
        commands, unreadable = before(received)
        return [
            (command.model_copy(update={"expires_at": command.expires_at + FOR_EVER}), source)
            for command, source in commands
        ], unreadable

    plant(writer, "read_commands", read_commands)


def answer_whatever_was_asked() -> None:
    """Give the stored outcome to whoever asks under its id."""
    before = original(writer.Writer, "_repeat")

    async def repeat(self: writer.Writer, command: Command, outcome: Outcome) -> None:
        same = outcome.model_copy(update={"body_hash": command.body_hash})
        await before(self, command, same)

    plant(writer.Writer, "_repeat", repeat)


def try_for_ever() -> None:
    """Never take a command for one that brings the process down."""
    for module in (tries, writer):
        plant(module, "MOST_TRIES", sys.maxsize)
