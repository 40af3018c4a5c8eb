"""Decide: what becomes of some commands about one night. Pure: no input or output.

All commands given are decided by one solve over everything that is wanted, each
with its own outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.command import Command, CommandKind
from models.errors import Fault
from models.event import Event, Record, State, StateChange
from models.exchange import NightState, NightUpdate
from models.instrument import Instrument
from models.night import Night
from models.outcome import Change, Outcome, Status
from models.schedule import Block, Schedule, verify
from scheduler.planner import LeftOut, Plan, Planner
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
    """

    outcomes: tuple[tuple[Command, Outcome], ...]
    update: NightUpdate | None
    changes: tuple[Change, ...]


@dataclass(slots=True, kw_only=True)
class _Sorted:
    """Commands by what can come of them before any solve."""

    add: list[tuple[Command, Event]] = field(default_factory=list)
    remove: list[tuple[Command, Record]] = field(default_factory=list)
    refused: dict[UUID, tuple[Fault, ...]] = field(default_factory=dict)


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
        self._planner = planner

    def decide(
        self,
        *,
        night: Night,
        state: NightState,
        commands: Sequence[Command],
        found: Mapping[UUID, Record],
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
            Stored events that removals name, by id, whatever their state.

        Returns
        -------
        Decision
            With a schedule that breaks no rule.

        Raises
        ------
        models.errors.BrokenSchedule
            The solver's answer breaks a rule; nothing may be stored.
        """
        now = state.now
        sorted_ = self._sort(night, state.schedule, commands, found, now)
        gone = {record.event.id for _, record in sorted_.remove}
        kept = [record for record in state.wanted if record.event.id not in gone]
        expired = [record for record in kept if _is_over(record, now)]
        over = {record.event.id for record in expired}
        kept = [record for record in kept if record.event.id not in over]
        events = [record.event for record in kept] + [event for _, event in sorted_.add]
        before = _without(state.schedule, gone)
        plan = self._planner.plan(before=before, events=events, now=now)
        result = _Result(
            night=night, state=state, plan=plan, kept=kept, expired=expired, sorted_=sorted_
        )
        return result.decision(commands)

    def _sort(
        self,
        night: Night,
        schedule: Schedule,
        commands: Sequence[Command],
        found: Mapping[UUID, Record],
        now: datetime,
    ) -> _Sorted:
        result = _Sorted()
        for command in commands:
            if command.kind is CommandKind.ADD:
                assert command.event is not None  # noqa: S101 - by the command's own check
                faults = admission.check_event(
                    self._instrument, night, schedule, command.event, now
                )
                if faults:
                    result.refused[command.id] = faults
                else:
                    result.add.append((command, command.event))
                continue
            record = found.get(command.target)
            faults = admission.check_removal(command, record, now)
            if faults or record is None:
                result.refused[command.id] = faults
            else:
                result.remove.append((command, record))
        return result


class _Result:
    """Reads a plan as outcomes, state changes and rows to write."""

    def __init__(
        self,
        *,
        night: Night,
        state: NightState,
        plan: Plan,
        kept: Sequence[Record],
        expired: Sequence[Record],
        sorted_: _Sorted,
    ) -> None:
        self._night = night
        self._state = state
        self._plan = plan
        self._sorted = sorted_
        self._expired = expired
        placed = plan.scheduled
        self._accepted = [pair for pair in sorted_.add if pair[1].id in placed]
        self._displaced = [
            record
            for record in kept
            if record.state is State.SCHEDULED and record.event.id not in placed
        ]
        self._returned = [
            record
            for record in kept
            if record.state is not State.SCHEDULED and record.event.id in placed
        ]
        before = {block.id: block for block in state.schedule.blocks}
        after = {block.id: block for block in plan.blocks}
        self._removed = tuple(key for key, block in before.items() if after.get(key) is not block)
        self._added = tuple(block for key, block in after.items() if before.get(key) is not block)
        changed = bool(self._removed or self._added) or state.schedule.revision == 0
        self._revision = state.schedule.revision + (1 if changed else 0)
        self._changed = changed

    def decision(self, commands: Sequence[Command]) -> Decision:
        """Everything that came of the commands."""
        history = self._history()
        return Decision(
            outcomes=tuple(
                (command, self._outcome(command, len(commands))) for command in commands
            ),
            update=self._update(history),
            changes=tuple(
                Change(
                    instrument=self._state.schedule.instrument,
                    night=self._night.date,
                    revision=self._revision,
                    **step.model_dump(),
                )
                for step in history
            ),
        )

    def _update(self, history: tuple[StateChange, ...]) -> NightUpdate | None:
        if not self._changed and not history:
            return None
        schedule = self._state.schedule.model_copy(
            update={
                "revision": self._revision,
                "quality": self._plan.quality if self._changed else self._state.schedule.quality,
                "blocks": self._plan.blocks,
            }
        )
        verify(schedule)
        return NightUpdate(
            schedule=schedule,
            added=tuple(self._record(command, event) for command, event in self._accepted),
            changes=history,
            removed_blocks=self._removed,
            added_blocks=self._added,
        )

    def _record(self, command: Command, event: Event) -> Record:
        return Record(
            event=event,
            night=self._night.date,
            owner=command.caller.subject,
            owner_name=command.caller.username,
            state=State.SCHEDULED,
            start=self._block(event.id).start,
            created_at=self._state.now,
        )

    def _history(self) -> tuple[StateChange, ...]:
        steps = [
            self._step(record, State.DELETED, "removed on request", command.caller.subject)
            for command, record in self._sorted.remove
        ]
        steps += [
            self._step(record, State.EXPIRED, "its time passed before there was room", NIGHTPLAN)
            for record in self._expired
        ]
        newcomers = ", ".join(str(event.id) for _, event in self._accepted)
        by = self._accepted[0][0].caller.subject if len(self._accepted) == 1 else NIGHTPLAN
        steps += [
            self._step(record, State.DISPLACED, f"displaced by {newcomers or 'a new plan'}", by)
            for record in self._displaced
        ]
        steps += [
            self._step(record, State.SCHEDULED, "there is room again", NIGHTPLAN)
            for record in self._returned
        ]
        steps += [
            StateChange(
                event=event.id,
                state=State.SCHEDULED,
                at=self._state.now,
                cause="accepted",
                by=command.caller.subject,
            )
            for command, event in self._accepted
        ]
        return tuple(steps)

    def _step(self, record: Record, state: State, cause: str, by: str) -> StateChange:
        return StateChange(
            event=record.event.id, state=state, at=self._state.now, cause=cause, by=by
        )

    def _outcome(self, command: Command, together: int) -> Outcome:
        refused = self._sorted.refused.get(command.id)
        if refused is not None:
            return self._rejected(command, refused)
        if command.kind is CommandKind.ADD:
            assert command.event is not None  # noqa: S101 - by the command's own check
            left = self._plan.left_out.get(command.event.id)
            if left is not None:
                return self._rejected(command, (admission.explain(command.event, left),))
            return self._done(command, Status.ADDED, command.event, together)
        record = next(record for asked, record in self._sorted.remove if asked.id == command.id)
        return self._done(command, Status.REMOVED, record.event, together)

    def _done(self, command: Command, status: Status, event: Event, together: int) -> Outcome:
        def concerned(records: Sequence[Record]) -> tuple[UUID, ...]:
            """Those that met the event in time; of a single command's decision, all."""
            return tuple(
                record.event.id
                for record in records
                if together == 1
                or (record.event.earliest < event.latest and event.earliest < record.event.latest)
            )

        return Outcome(
            command=command.id,
            body_hash=command.body_hash,
            status=status,
            event=event,
            displaced=concerned(self._displaced),
            scheduled=concerned(self._returned),
            night=self._night.date,
            revision=self._revision,
            decided_at=self._state.now,
            timings={"solve": self._plan.quality.solve_ms},
        )

    def _rejected(self, command: Command, faults: tuple[Fault, ...]) -> Outcome:
        return reject(command, faults, self._state.now)

    def _block(self, event: UUID) -> Block:
        return next(block for block in self._plan.blocks if block.id == event)


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


def _without(schedule: Schedule, gone: set[UUID]) -> Schedule:
    """The schedule without the blocks of removed events."""
    if not gone:
        return schedule
    return schedule.model_copy(
        update={"blocks": tuple(block for block in schedule.blocks if block.id not in gone)}
    )


__all__ = ["Decider", "Decision", "LeftOut", "reject"]
