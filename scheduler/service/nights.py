"""Nights: deciding commands about nights of a scheduling group, between reading and storing.

What the writer and the replay have in common. Each step is given the transaction
that it belongs to; whoever calls them begins and commits it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.command import Command
from models.errors import Fault, Reason
from models.event import Event, Record
from models.exchange import Message, NightState
from models.instant import format_instant
from models.instrument import Instrument, SchedulingGroup
from models.night import Night, UnsupportedDate, date_of, find_night
from models.outcome import Change, Outcome
from scheduler.planner import Planner
from scheduler.ports import Desk, Transaction
from scheduler.service.decide import Decider, Decision, Neighbour
from scheduler.service.messages import change_message, command_message, outcome_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A night as stored, locked, with all that deciding some commands needs.

    Parameters
    ----------
    night
        Which.
    state
        What stands there.
    found
        Stored events that the commands name, by id, whatever their state.
    neighbours
        Nights of other instruments that are planned together with it.
    """

    night: Night
    state: NightState
    found: Mapping[UUID, Record]
    neighbours: tuple[Neighbour, ...] = ()


class Nights:
    """The nights of one scheduling group's instruments.

    Parameters
    ----------
    group
        Which.
    instruments
        Its instruments.
    new_id
        Gives the ids of new fillers.
    solve_limit
        Longest time of one solve, in seconds.
    """

    def __init__(
        self,
        *,
        group: SchedulingGroup,
        instruments: Sequence[Instrument],
        new_id: Callable[[], UUID],
        solve_limit: float,
    ) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.group = group
        self._deciders = {
            instrument.id: Decider(
                instrument, Planner(instrument, new_id=new_id, time_limit=solve_limit)
            )
            for instrument in instruments
        }

    async def place(self, desk: Desk, command: Command) -> tuple[UUID, date] | Fault:
        """The instrument and the night that a command is about, or why it is about none."""
        instrument = self.instruments.get(command.instrument)
        if instrument is None:
            return Fault(reason=Reason.UNKNOWN_INSTRUMENT, detail="no such instrument here")
        if command.event is not None:
            return self.place_event(instrument, command, command.event)
        async with desk.transaction() as transaction:
            record = await transaction.find_event(command.target)
        if record is not None and record.event.instrument == instrument.id:
            return instrument.id, record.night
        return unknown_event(command)

    def place_event(
        self, instrument: Instrument, command: Command, event: Event
    ) -> tuple[UUID, date] | Fault:
        """The instrument and the night that an event is about, or why it is about none."""
        try:
            return instrument.id, date_of(instrument.site, event.earliest)
        except UnsupportedDate as error:
            past = event.earliest < command.issued_at
            return Fault(
                reason=Reason.IN_THE_PAST if past else Reason.OUTSIDE_LIMITS,
                detail=f"{error}: {format_instant(event.earliest)}",
                pointer="/start_time",
            )

    async def load(
        self, transaction: Transaction, instrument: UUID, day: date, commands: Sequence[Command]
    ) -> Loaded:
        """Lock a night and read what deciding these commands needs."""
        night = self._night(instrument, day)
        state = await transaction.lock_night(instrument, night)
        found = await transaction.find_events([command.target for command in commands])
        together = any(c.event is not None and c.event.together_with for c in commands)
        neighbours = []
        if state.linked or together:
            for other in sorted(self.instruments, key=str):
                if other != instrument:
                    beside = self._night(other, day)
                    neighbours.append(
                        Neighbour(
                            decider=self._deciders[other],
                            night=beside,
                            state=await transaction.lock_night(other, beside),
                        )
                    )
        return Loaded(night=night, state=state, found=found, neighbours=tuple(neighbours))

    def _night(self, instrument: UUID, day: date) -> Night:
        served = self.instruments[instrument]
        return find_night(served.site, day, served.depression)

    async def decide(
        self,
        loaded: Loaded,
        commands: Sequence[Command],
        *,
        leaving: frozenset[UUID] = frozenset(),
        by_operator: bool = False,
    ) -> Decision:
        """Decide commands about a night, in a thread; nothing is stored by this."""
        return await asyncio.to_thread(
            self._deciders[loaded.state.schedule.instrument].decide,
            night=loaded.night,
            state=loaded.state,
            commands=commands,
            found=loaded.found,
            leaving=leaving,
            neighbours=loaded.neighbours,
            by_operator=by_operator,
        )

    async def store(
        self, transaction: Transaction, decision: Decision, timings: Mapping[str, float]
    ) -> None:
        """Write a decision: the night, the outcomes, and what is to be announced of both."""
        await self.write(transaction, decision)
        request = decision.outcomes[0][0].request_id if decision.outcomes else ""
        changes = self.announce(decision.changes, request)
        await self.save(transaction, decision.outcomes, changes, timings)

    def announce(self, changes: Sequence[Change], request_id: str) -> list[Message]:
        """The messages that tell of changes."""
        return [change_message(self.group, change, request_id) for change in changes]

    def enqueue(self, commands: Sequence[Command]) -> list[Message]:
        """The messages that put commands into the log."""
        return [command_message(self.group, command) for command in commands]

    async def write(self, transaction: Transaction, decision: Decision) -> None:
        """Write what a decision changes in the nights."""
        if decision.update is not None:
            await transaction.save_night(decision.update)
        for update in decision.others:
            await transaction.save_night(update)

    async def save(
        self,
        transaction: Transaction,
        decided: Sequence[tuple[Command, Outcome]],
        messages: Sequence[Message],
        timings: Mapping[str, float],
    ) -> None:
        """Write outcomes, and put them and other messages into the outbox."""
        answers = [
            outcome_message(self.group, outcome, timings, command.request_id)
            for command, outcome in decided
        ]
        await transaction.save_outcomes(decided, [*answers, *messages])


def unknown_event(command: Command) -> Fault:
    """That no event of the instrument has the id that a command names."""
    return Fault(
        reason=Reason.UNKNOWN_EVENT,
        detail=f"no event of this instrument has this id: {command.target}",
        pointer="/id",
    )
