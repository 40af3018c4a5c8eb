"""Decide: what becomes of some commands about one night. Pure: no input or output.

All commands given are decided by one solve over everything that is wanted, each
with its own outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.command import Command, CommandKind
from models.errors import Fault
from models.event import Event, OnConflict, Record, State, StateChange
from models.exchange import NightState, NightUpdate
from models.instrument import Instrument
from models.night import Night
from models.outcome import Change, Outcome, Status
from models.schedule import Block, Schedule, verify
from scheduler.planner import LeftOut, Plan, Planner, Wanted, plan_together
from scheduler.service import admission

NIGHTPLAN = "nightplan"
"""Who is said to have made a change that no caller asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What some commands become, and what that changes.

    Parameters
    ----------
    outcomes
        One for each command, in the order given.
    update
        What to write, or None if nothing changes.
    changes
        What to announce, one for each state change.
    others
        What to write of the nights planned together with this one.
    """

    outcomes: tuple[tuple[Command, Outcome], ...]
    update: NightUpdate | None
    changes: tuple[Change, ...]
    others: tuple[NightUpdate, ...] = ()


@dataclass(slots=True, kw_only=True)
class Sorted:
    """Commands by what can come of them before any solve.

    Parameters
    ----------
    add, remove, change
        Those that may be carried out, with the event asked for or the event stored.
    refused
        Those that may not, by command.
    leaving
        Events that go to another night.
    """

    add: list[tuple[Command, Event]] = field(default_factory=list)
    remove: list[tuple[Command, Record]] = field(default_factory=list)
    change: list[tuple[Command, Record]] = field(default_factory=list)
    refused: dict[UUID, tuple[Fault, ...]] = field(default_factory=dict)
    leaving: frozenset[UUID] = frozenset()

    @property
    def gone(self) -> frozenset[UUID]:
        """Events that are no longer wanted as they were."""
        asked = (*self.remove, *self.change)
        return self.leaving | {record.event.id for _, record in asked}

    @property
    def new(self) -> list[Event]:
        """Events that are wanted now, or wanted otherwise than before."""
        changed = [command.event for command, _ in self.change if command.event is not None]
        return [event for _, event in self.add] + changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another instrument's night that is planned together with the one that commands are about.

    Parameters
    ----------
    decider
        The instrument's.
    night, state
        As in :meth:`Decider.decide`.
    """

    decider: Decider
    night: Night
    state: NightState


class Decider:
    """Decides commands about the nights of one instrument.

    Parameters
    ----------
    instrument
        Which.
    planner
        Finds its best schedules.
    """

    def __init__(self, instrument: Instrument, planner: Planner) -> None:
        self._instrument = instrument
        self.planner = planner

    def decide(
        self,
        *,
        night: Night,
        state: NightState,
        commands: Sequence[Command],
        found: Mapping[UUID, Record],
        leaving: frozenset[UUID] = frozenset(),
        neighbours: Sequence[Neighbour] = (),
        by_operator: bool = False,
    ) -> Decision:
        """Decide commands, none of which is about the same event as another.

        Parameters
        ----------
        night
            The night concerned.
        state
            The night as stored.
        commands
            Those to decide; may be empty, to plan the night anew.
        found
            Stored events that the commands name, by id, whatever their state.
        leaving
            Events that go to another night.
        neighbours
            Nights of other instruments that must be planned together with this one.
        by_operator
            Whether the night is planned anew though its plan may be frozen.

        Returns
        -------
        Decision
            With schedules that break no rule.

        Raises
        ------
        models.errors.BrokenSchedule
            The solver's answer breaks a rule; nothing may be stored.
        """
        frozen = not by_operator and admission.is_frozen(self._instrument, state)
        sorted_ = self._sort(night, state, commands, found, frozen=frozen)
        sorted_.leaving = leaving
        views = [_View(self, night, state, sorted_)]
        views += [_View(n.decider, n.night, n.state, Sorted()) for n in neighbours]
        plans = _plan(views, frozen=frozen)
        results = [
            _Result(view=view, plan=plan, frozen=frozen)
            for view, plan in zip(views, plans, strict=True)
        ]
        return results[0].decision(commands, results[1:])

    def _sort(
        self,
        night: Night,
        state: NightState,
        commands: Sequence[Command],
        found: Mapping[UUID, Record],
        *,
        frozen: bool,
    ) -> Sorted:
        result = Sorted()
        for command in commands:
            record = found.get(command.target)
            faults = admission.check(self._instrument, night, state, command, record, frozen=frozen)
            if faults:
                result.refused[command.id] = faults
            elif command.kind is CommandKind.REMOVE and record is not None:
                result.remove.append((command, record))
            elif command.kind is CommandKind.CHANGE and record is not None:
                result.change.append((command, record))
            elif command.event is not None:
                result.add.append((command, command.event))
        return result


class _View:
    """One night, with what is wanted of it once commands are carried out."""

    def __init__(self, decider: Decider, night: Night, state: NightState, sorted_: Sorted) -> None:
        self.planner = decider.planner
        self.night = night
        self.state = state
        self.sorted = sorted_
        gone = sorted_.gone
        kept = [record for record in state.wanted if record.event.id not in gone]
        self.expired = [record for record in kept if _is_over(record, state.now)]
        over = {record.event.id for record in self.expired}
        self.kept = [record for record in kept if record.event.id not in over]

    def wanted(self) -> Wanted:
        """What is to be planned."""
        return Wanted(
            planner=self.planner,
            before=_without(self.state.schedule, self.sorted.gone),
            events=[record.event for record in self.kept] + self.sorted.new,
            closed=[maintenance.window for maintenance in self.state.closed],
        )


def _plan(views: Sequence[_View], *, frozen: bool) -> Sequence[Plan]:
    """The best plans of the nights, or those that they have if they may not be changed."""
    now = views[0].state.now
    if frozen:
        return [view.planner.keep(view.state.schedule) for view in views]
    wanted = [view.wanted() for view in views]
    if len(wanted) > 1:
        return plan_together(wanted, now)
    one = wanted[0]
    return [one.planner.plan(before=one.before, events=one.events, now=now, closed=one.closed)]


class _Result:
    """Reads a plan as outcomes, state changes and rows to write."""

    def __init__(self, *, view: _View, plan: Plan, frozen: bool) -> None:
        self._night = view.night
        self._state = state = view.state
        self._plan = plan
        self._sorted = view.sorted
        self._expired = view.expired
        placed = plan.scheduled
        self._accepted = [pair for pair in view.sorted.add if pair[1].id in placed]
        self._waiting = [
            pair
            for pair in view.sorted.add
            if pair[1].id not in placed and pair[1].on_conflict is OnConflict.WAIT
        ]
        self._displaced = [
            record
            for record in view.kept
            if record.state is State.SCHEDULED and record.event.id not in placed and not frozen
        ]
        self._returned = [
            record
            for record in view.kept
            if record.state is not State.SCHEDULED and record.event.id in placed
        ]
        before = {block.id: block for block in state.schedule.blocks}
        after = {block.id: block for block in plan.blocks}
        self._removed = tuple(key for key, block in before.items() if after.get(key) is not block)
        self._added = tuple(block for key, block in after.items() if before.get(key) is not block)
        new = {event.id for event in view.sorted.new}
        self._moved = [
            block.id
            for block in self._added
            if not block.filler
            and block.id not in new
            and block.id in before
            and before[block.id].start != block.start
        ]
        self._changed = [
            (command, record)
            for command, record in view.sorted.change
            if record.event.id in placed
            or (command.event is not None and command.event.on_conflict is OnConflict.WAIT)
        ]
        changed = bool(self._removed or self._added) or state.schedule.revision == 0
        self._revision = state.schedule.revision + (1 if changed else 0)
        self._revised = changed

    def decision(self, commands: Sequence[Command], others: Sequence[_Result]) -> Decision:
        """Everything that came of the commands, here and in the nights planned together."""
        outcomes = tuple(
            (command, self._outcome(command, len(commands), others)) for command in commands
        )
        if len(self._changed) < len(self._sorted.change):
            # An event that cannot become what is asked stays what it is, and all stays as it was.
            return Decision(outcomes=outcomes, update=None, changes=())
        everything = (self, *others)
        histories = [one.history(self._accepted) for one in everything]
        updates = [
            update
            for one, history in zip(everything, histories, strict=True)
            if (update := one.update(history)) is not None
        ]
        changes = (
            change
            for one, history in zip(everything, histories, strict=True)
            for change in one.changes(history)
        )
        own = updates[0] if updates and updates[0].schedule.instrument == self._id else None
        return Decision(
            outcomes=outcomes,
            update=own,
            others=tuple(update for update in updates if update is not own),
            changes=tuple(changes),
        )

    @property
    def _id(self) -> UUID:
        return self._state.schedule.instrument

    def changes(self, history: tuple[StateChange, ...]) -> tuple[Change, ...]:
        """What is to be announced of a history."""
        return tuple(
            Change(
                instrument=self._id,
                night=self._night.date,
                revision=self._revision,
                **step.model_dump(),
            )
            for step in history
        )

    def update(self, history: tuple[StateChange, ...]) -> NightUpdate | None:
        """What is to be written of the night, or None if nothing changes."""
        if not self._revised and not history:
            return None
        schedule = self._state.schedule.model_copy(
            update={
                "revision": self._revision,
                "quality": self._plan.quality if self._revised else self._state.schedule.quality,
                "blocks": self._plan.blocks,
            }
        )
        verify(schedule)
        return NightUpdate(
            schedule=schedule,
            added=tuple(
                self._record(command, event) for command, event in (*self._accepted, *self._waiting)
            ),
            changed=tuple(self._new_record(command, record) for command, record in self._changed),
            changes=history,
            removed_blocks=self._removed,
            added_blocks=self._added,
            moved=len(self._moved),
            displaced=len(self._displaced),
        )

    def _record(self, command: Command, event: Event) -> Record:
        block = self._block(event.id)
        return Record(
            event=event,
            night=self._night.date,
            owner=command.caller.subject,
            owner_name=command.caller.username,
            state=State.WAITING if block is None else State.SCHEDULED,
            start=None if block is None else block.start,
            created_at=self._state.now,
        )

    def _new_record(self, command: Command, record: Record) -> Record:
        assert command.event is not None  # noqa: S101 - by the command's own check
        block = self._block(record.event.id)
        return record.model_copy(
            update={
                "event": command.event,
                "night": self._night.date,
                "state": State.WAITING if block is None else State.SCHEDULED,
                "start": None if block is None else block.start,
            }
        )

    def history(self, newcomers: Sequence[tuple[Command, Event]]) -> tuple[StateChange, ...]:
        """Every state change; ``newcomers`` are those that may have displaced others."""
        steps = [
            self._step(record, State.DELETED, "removed on request", command.caller.subject)
            for command, record in self._sorted.remove
        ]
        steps += [
            self._step(record, State.EXPIRED, "its time passed before there was room", NIGHTPLAN)
            for record in self._expired
        ]
        names = ", ".join(str(event.id) for _, event in newcomers)
        by = newcomers[0][0].caller.subject if len(newcomers) == 1 else NIGHTPLAN
        steps += [
            self._step(record, State.DISPLACED, f"displaced by {names or self._cause()}", by)
            for record in self._displaced
        ]
        steps += [
            self._step(record, State.SCHEDULED, "there is room again", NIGHTPLAN)
            for record in self._returned
        ]
        steps += [
            self._step(
                self._new_record(command, record),
                State.SCHEDULED if self._block(record.event.id) else State.WAITING,
                "changed on request",
                command.caller.subject,
            )
            for command, record in self._changed
        ]
        steps += [
            StateChange(
                event=event.id,
                state=State.SCHEDULED if self._block(event.id) else State.WAITING,
                at=self._state.now,
                cause="accepted" if self._block(event.id) else "accepted, waits for room",
                by=command.caller.subject,
            )
            for command, event in (*self._accepted, *self._waiting)
        ]
        return tuple(steps)

    def _cause(self) -> str:
        """What displaces events where no newcomer does."""
        changed = ", ".join(str(record.event.id) for _, record in self._changed)
        if changed:
            return changed
        return "maintenance" if self._state.closed else "a new plan"

    def _step(self, record: Record, state: State, cause: str, by: str) -> StateChange:
        return StateChange(
            event=record.event.id, state=state, at=self._state.now, cause=cause, by=by
        )

    def _outcome(self, command: Command, together: int, others: Sequence[_Result]) -> Outcome:
        refused = self._sorted.refused.get(command.id)
        if refused is not None:
            return self._rejected(command, refused)
        if command.kind is CommandKind.REMOVE:
            record = next(r for asked, r in self._sorted.remove if asked.id == command.id)
            return self._done(command, Status.REMOVED, record.event, together, others)
        event = command.event
        assert event is not None  # noqa: S101 - by the command's own check
        left = self._plan.left_out.get(event.id)
        if left is None:
            changed = command.kind is CommandKind.CHANGE
            status = Status.CHANGED if changed else Status.ADDED
            return self._done(command, status, event, together, others)
        why = (admission.explain(event, left),)
        if event.on_conflict is not OnConflict.WAIT:
            return self._rejected(command, why)
        waits = self._done(command, Status.WAITING, event, together, others)
        return waits.model_copy(update={"faults": why})

    def _done(
        self,
        command: Command,
        status: Status,
        event: Event,
        together: int,
        others: Sequence[_Result],
    ) -> Outcome:
        def concerned(records: Iterable[Record]) -> tuple[UUID, ...]:
            """Those that met the event in time; of a single command's decision, all."""
            return tuple(
                record.event.id
                for record in records
                if together == 1
                or (record.event.earliest < event.latest and event.earliest < record.event.latest)
            )

        everything = (self, *others)
        block = self._block(event.id)
        return Outcome(
            command=command.id,
            body_hash=command.body_hash,
            status=status,
            event=event,
            displaced=concerned(r for one in everything for r in one._displaced),
            scheduled=concerned(r for one in everything for r in one._returned),
            moved=tuple(moved for one in everything for moved in one._moved),
            start=None if block is None else block.start,
            night=self._night.date,
            revision=self._revision,
            decided_at=self._state.now,
            timings={"solve": self._plan.quality.solve_ms},
        )

    def _rejected(self, command: Command, faults: tuple[Fault, ...]) -> Outcome:
        return reject(command, faults, self._state.now)

    def _block(self, event: UUID) -> Block | None:
        return next((block for block in self._plan.blocks if block.id == event), None)


def reject(command: Command, faults: tuple[Fault, ...], now: datetime) -> Outcome:
    """The outcome of a command that was not carried out."""
    return Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=Status.REJECTED,
        faults=faults,
        decided_at=now,
    )


def _is_over(record: Record, now: datetime) -> bool:
    """Whether an event that has no place can no longer get one."""
    if record.state is State.SCHEDULED:
        return False
    return all(window.end - record.event.duration < now for window in record.event.windows)


def _without(schedule: Schedule, gone: Collection[UUID]) -> Schedule:
    """The schedule without the blocks of removed events."""
    if not gone:
        return schedule
    return schedule.model_copy(
        update={"blocks": tuple(block for block in schedule.blocks if block.id not in gone)}
    )


__all__ = ["Decider", "Decision", "LeftOut", "reject"]
