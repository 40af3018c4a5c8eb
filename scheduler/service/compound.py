"""Compound commands: changes of several nights at once, made all or none.

An event that is asked for anew, a maintenance, several additions and removals
together. Everything is decided and written in the transaction given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from models.command import Command, CommandKind
from models.errors import Fault, Reason
from models.exchange import NightUpdate
from models.instant import format_instant
from models.maintenance import Maintenance, MaintenanceRecord
from models.outcome import Change, Outcome, PartOutcome, Status
from scheduler.ports import Transaction
from scheduler.service.decide import Decision, reject
from scheduler.service.nights import Nights, unknown_event
from scheduler.service.recurring import Recurring

LONGEST_MAINTENANCE = timedelta(days=400)
GOOD = frozenset({Status.ADDED, Status.REMOVED, Status.WAITING, Status.CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a compound command.

    Parameters
    ----------
    outcome
        Its outcome.
    changes
        What is to be announced.
    commands
        What is to be asked for because of it.
    """

    outcome: Outcome
    changes: tuple[Change, ...] = ()
    commands: Sequence[Command] = ()


@dataclass(slots=True)
class _Sum:
    """What several nights' decisions come to."""

    displaced: list[UUID] = field(default_factory=list)
    scheduled: list[UUID] = field(default_factory=list)
    moved: list[UUID] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """Count one night's decision."""
        self.changes.extend(decision.changes)
        for update in (decision.update, *decision.others):
            if update is not None:
                self.moved.extend(_moved(update))
        for change in decision.changes:
            if change.state.value == "displaced":
                self.displaced.append(change.event)
            elif change.cause == "there is room again":
                self.scheduled.append(change.event)


class Compound:
    """Decides compound commands.

    Parameters
    ----------
    nights
        The nights of the scheduling group.
    """

    def __init__(self, nights: Nights) -> None:
        self._nights = nights
        self._recurring = Recurring(nights.group, nights.instruments)

    async def settle(self, transaction: Transaction, command: Command) -> Settled:
        """Decide a command and write what it changes in the nights; not its outcome.

        Parameters
        ----------
        transaction
            What is written belongs to it.
        command
            Any compound command.
        """
        now = await transaction.now()
        if command.instrument not in self._nights.instruments:
            fault = Fault(reason=Reason.UNKNOWN_INSTRUMENT, detail="no such instrument here")
            return Settled(outcome=reject(command, (fault,), now))
        if command.parts:
            return await self._all_or_none(transaction, command, now)
        if command.kind is CommandKind.CHANGE:
            return await self._change(transaction, command, now)
        if command.kind is CommandKind.CLOSE:
            return await self._close(transaction, command, now)
        if command.kind in {CommandKind.REPEAT, CommandKind.CEASE}:
            begin = command.kind is CommandKind.REPEAT
            settle = self._recurring.repeat if begin else self._recurring.cease
            outcome, commands = await settle(transaction, command, now)
            return Settled(outcome=outcome, commands=commands)
        return await self._open(transaction, command, now)

    async def _change(self, transaction: Transaction, command: Command, now: datetime) -> Settled:
        """Ask for an event anew, perhaps in another night; it stays as it was if that fails."""
        assert command.event is not None  # noqa: S101 - by the command's own check
        record = await transaction.find_event(command.target)
        if record is None or record.event.instrument != command.instrument:
            return Settled(outcome=reject(command, (unknown_event(command),), now))
        served = self._nights.instruments[command.instrument]
        place = self._nights.place_event(served, command, command.event)
        if isinstance(place, Fault):
            return Settled(outcome=reject(command, (place,), now))
        instrument, day = place
        loaded = await self._nights.load(transaction, instrument, day, [command])
        decision = await self._nights.decide(loaded, [command])
        outcome = decision.outcomes[0][1]
        if outcome.status not in GOOD:
            return Settled(outcome=outcome)
        left = _Sum()
        if record.night != day:
            night = await self._nights.load(transaction, instrument, record.night, ())
            before = await self._nights.decide(night, (), leaving=frozenset({record.event.id}))
            await self._nights.write(transaction, before)
            left.add(before)
        await self._nights.write(transaction, decision)
        outcome = outcome.model_copy(
            update={
                "displaced": (*left.displaced, *outcome.displaced),
                "scheduled": (*left.scheduled, *outcome.scheduled),
                "moved": (*left.moved, *outcome.moved),
            }
        )
        return Settled(outcome=outcome, changes=(*left.changes, *decision.changes))

    async def _close(self, transaction: Transaction, command: Command, now: datetime) -> Settled:
        """Close the instrument for maintenance; what is in the way is displaced."""
        asked = command.maintenance
        assert asked is not None  # noqa: S101 - by the command's own check
        fault = _check_maintenance(command, asked, now)
        if fault is None and await transaction.find_maintenance(asked.id) is not None:
            fault = Fault(
                reason=Reason.ID_CONFLICT,
                detail=f"expected a new id, got that of a maintenance that is known: {asked.id}",
                pointer="/id",
            )
        if fault is not None:
            return Settled(outcome=reject(command, (fault,), now))
        record = MaintenanceRecord(
            maintenance=asked,
            owner=command.caller.subject,
            owner_name=command.caller.username,
            created_at=now,
        )
        await transaction.save_maintenance(record)
        return await self._plan_anew(transaction, command, asked, Status.CLOSED, now)

    async def _open(self, transaction: Transaction, command: Command, now: datetime) -> Settled:
        """Take a maintenance back; what waits may come in."""
        record = await transaction.find_maintenance(command.target)
        if (
            record is None
            or record.ended_at is not None
            or record.maintenance.instrument != command.instrument
        ):
            fault = Fault(
                reason=Reason.UNKNOWN_EVENT,
                detail=f"no maintenance of this instrument has this id: {command.target}",
                pointer="/id",
            )
            return Settled(outcome=reject(command, (fault,), now))
        if not command.caller.is_operator:
            return Settled(outcome=reject(command, (_operators_only(),), now))
        await transaction.save_maintenance(record.model_copy(update={"ended_at": now}))
        asked = record.maintenance
        return await self._plan_anew(transaction, command, asked, Status.OPENED, now)

    async def _plan_anew(
        self,
        transaction: Transaction,
        command: Command,
        asked: Maintenance,
        status: Status,
        now: datetime,
    ) -> Settled:
        """Plan every night that a maintenance concerns."""
        total = _Sum()
        window = asked.window
        start = max(window.start, now)  # what is over stays as it was
        for day in await transaction.find_nights(command.instrument, start, window.end):
            loaded = await self._nights.load(transaction, command.instrument, day, ())
            decision = await self._nights.decide(loaded, (), by_operator=True)
            await self._nights.write(transaction, decision)
            total.add(decision)
        outcome = Outcome(
            command=command.id,
            body_hash=command.body_hash,
            status=status,
            maintenance=asked,
            displaced=tuple(total.displaced),
            scheduled=tuple(total.scheduled),
            moved=tuple(total.moved),
            decided_at=now,
        )
        return Settled(outcome=outcome, changes=tuple(total.changes))

    async def _all_or_none(
        self, transaction: Transaction, command: Command, now: datetime
    ) -> Settled:
        """Make several additions and removals, or none of them."""
        places = [await self._place(transaction, part) for part in _as_commands(command)]
        faults = [(n, place) for n, (_, place) in enumerate(places) if isinstance(place, Fault)]
        if faults:
            return Settled(outcome=reject(command, _numbered(faults), now))
        nights: defaultdict[date, list[tuple[int, Command]]] = defaultdict(list)
        for number, (part, place) in enumerate(places):
            assert not isinstance(place, Fault)  # noqa: S101 - by the check above
            nights[place].append((number, part))
        decisions, outcomes = [], {}
        for day, some in sorted(nights.items()):
            parts = [part for _, part in some]
            loaded = await self._nights.load(transaction, command.instrument, day, parts)
            decision = await self._nights.decide(loaded, parts)
            decisions.append(decision)
            for (number, _), (_, outcome) in zip(some, decision.outcomes, strict=True):
                outcomes[number] = outcome
        bad = [
            (number, fault)
            for number, outcome in sorted(outcomes.items())
            if outcome.status not in GOOD
            for fault in outcome.faults
        ]
        if bad:
            return Settled(outcome=reject(command, _numbered(bad), now))
        total = _Sum()
        for decision in decisions:
            await self._nights.write(transaction, decision)
            total.add(decision)
        return Settled(
            outcome=Outcome(
                command=command.id,
                body_hash=command.body_hash,
                status=Status.DONE,
                parts=tuple(_as_part(outcomes[number]) for number in range(len(places))),
                displaced=tuple(total.displaced),
                scheduled=tuple(total.scheduled),
                moved=tuple(total.moved),
                decided_at=now,
            ),
            changes=tuple(total.changes),
        )

    async def _place(self, transaction: Transaction, part: Command) -> tuple[Command, date | Fault]:
        if part.event is not None:
            served = self._nights.instruments[part.instrument]
            place = self._nights.place_event(served, part, part.event)
            return part, place if isinstance(place, Fault) else place[1]
        record = await transaction.find_event(part.target)
        if record is None or record.event.instrument != part.instrument:
            return part, unknown_event(part)
        return part, record.night


def _moved(update: NightUpdate) -> list[UUID]:
    """Requested events that stay in a night's plan, at another time."""
    gone = set(update.removed_blocks)
    return [block.id for block in update.added_blocks if not block.filler and block.id in gone]


def _as_commands(command: Command) -> Sequence[Command]:
    """The parts, each as a command of its own that is never stored."""
    return [
        Command(
            **part.model_dump(exclude={"event", "maintenance"}),
            event=part.event,
            id=part.target if part.kind is CommandKind.ADD else uuid5(command.id, str(number)),
            instrument=command.instrument,
            caller=command.caller,
            issued_at=command.issued_at,
            expires_at=command.expires_at,
            request_id=command.request_id,
        )
        for number, part in enumerate(command.parts)
    ]


def _as_part(outcome: Outcome) -> PartOutcome:
    return PartOutcome(**{name: getattr(outcome, name) for name in PartOutcome.model_fields})


def _numbered(faults: Iterable[tuple[int, Fault]]) -> tuple[Fault, ...]:
    """Faults that say in which part they are."""
    return tuple(
        fault.model_copy(update={"meta": {**fault.meta, "operation": number}})
        for number, fault in faults
    )


def _check_maintenance(command: Command, asked: Maintenance, now: datetime) -> Fault | None:
    if not command.caller.is_operator:
        return _operators_only()
    if asked.window.end <= now:
        return Fault(
            reason=Reason.IN_THE_PAST,
            detail=f"expected an end after {format_instant(now)} (now), got "
            f"{format_instant(asked.window.end)}",
            pointer="/end_time",
        )
    if asked.window.length > LONGEST_MAINTENANCE:
        return Fault(
            reason=Reason.OUTSIDE_LIMITS,
            detail=f"expected at most {LONGEST_MAINTENANCE.days} days, got {asked.window.length}",
            pointer="/end_time",
        )
    return None


def _operators_only() -> Fault:
    return Fault(reason=Reason.NOT_ALLOWED, detail="expected an operator")
