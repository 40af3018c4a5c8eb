"""Writer: the one process that writes a scheduling group, and its loop.

For each batch of commands: count the attempt, decide in one transaction that
also writes outcomes and outbox, commit, publish the outbox, then move the
bookmark. Every crash point yields at most a duplicate, and a command is decided
once (design.md, "One writer per schedule, and nothing lost").
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from time import perf_counter
from uuid import UUID

import structlog

from models.command import Command
from models.errors import Fault, Reason, Unreachable
from models.exchange import Received
from models.instrument import Instrument, SchedulingGroup
from models.outcome import Outcome
from scheduler.ports import Commands, Desk, Publisher, Store
from scheduler.service.batch import (
    Stages,
    is_compound,
    nights_ahead,
    queued_ms,
    read_commands,
    split_runs,
)
from scheduler.service.compound import Compound
from scheduler.service.decide import Decision, reject
from scheduler.service.messages import dead_letter, outcome_message
from scheduler.service.moment import at_moment
from scheduler.service.nights import Nights
from scheduler.service.outbox import empty_outbox
from scheduler.service.questions import Questions
from scheduler.service.recurring import Recurring
from scheduler.service.tries import MOST_TRIES, Tries

log = structlog.get_logger(__name__)

RETRY_DELAY = 0.2
"""Seconds between two tries to reach the broker or the database."""
STANDBY_AFTER = 3.5
"""Who has waited so long for its turn, in seconds, has a database: connecting takes less."""
TIDY_INTERVAL = 10.0
"""Seconds between two looks for nights to plan and events to expire."""


class Undone(Exception):
    """Takes back everything of a transaction in which a question was answered."""


class Writer:
    """Decides the commands of one scheduling group, alone.

    Parameters
    ----------
    group
        Which.
    instruments
        Its instruments.
    store, commands, publisher
        The database, the log of commands and the way out.
    new_id
        Gives the ids of new fillers.
    solve_limit
        Longest time of one solve, in seconds.
    plan_ahead
        How many nights after the current one are planned unasked.
    """

    def __init__(
        self,
        *,
        group: SchedulingGroup,
        instruments: Sequence[Instrument],
        store: Store,
        commands: Commands,
        publisher: Publisher,
        new_id: Callable[[], UUID],
        solve_limit: float,
        plan_ahead: int,
    ) -> None:
        self.group = group
        self._nights = Nights(
            group=group, instruments=instruments, new_id=new_id, solve_limit=solve_limit
        )
        self._compound = Compound(self._nights)
        self._questions = Questions(self._nights)
        self._recurring = Recurring(group, self._nights.instruments)
        self._store = store
        self._commands = commands
        self._publisher = publisher
        self._plan_ahead = plan_ahead
        self._tidied = float("-inf")
        self._stopping = False
        self._begun: Sequence[Received] = ()
        self._tries = Tries()
        self._waiting_since = float("inf")
        self.leading = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether it leads, or stands by: the database is there and another process leads."""
        now = asyncio.get_running_loop().time()
        return self.leading.is_set() or now - self._waiting_since > STANDBY_AFTER

    def stop(self) -> None:
        """Finish what is begun, then return from :meth:`run`."""
        self._stopping = True

    async def run(self) -> None:
        """Lead the group whenever it is free, until stopped.

        A broker or a database that cannot be reached is waited for, and the batch
        under work is then begun again; any other error ends the process, which its
        supervisor starts again.
        """
        while not self._stopping:
            self._waiting_since = asyncio.get_running_loop().time()
            try:
                async with self._store.lead(self.group.name) as desk:
                    self._waiting_since = float("inf")
                    log.info("leading", group=self.group.name)
                    await self._lead(desk)
            except Unreachable as error:
                self._waiting_since = float("inf")
                log.warning("waiting for a part", group=self.group.name, error=str(error))
                await asyncio.sleep(RETRY_DELAY)
            finally:
                self.leading.clear()

    async def _lead(self, desk: Desk) -> None:
        await empty_outbox(desk, self._publisher)
        await self._tidy(desk)
        while not self._stopping:
            if not self._begun:
                self._begun = await self._commands.receive()
            self.leading.set()
            if self._begun:
                await self._work(desk, self._begun)
                self._begun = ()
            elif asyncio.get_running_loop().time() - self._tidied > TIDY_INTERVAL:
                await self._tidy(desk)

    async def _work(self, desk: Desk, received: Sequence[Received]) -> None:
        """Decide a batch, in the order of the log."""
        started = perf_counter()
        commands, unreadable = read_commands(received)
        if unreadable:
            await self._bury(desk, unreadable)
        questions = [command for command, _ in commands if command.kind.is_question]
        notes = [command for command, _ in commands if command.kind.is_note]
        commands = [
            pair for pair in commands if not pair[0].kind.is_question and not pair[0].kind.is_note
        ]
        attempts = await desk.count_attempts([command for command, _ in commands])
        self._tries.meet(attempts)
        fresh: list[Command] = []
        keys: dict[UUID, UUID] = {}
        for command, _ in commands:
            attempt = attempts[command.id]
            first = attempt.key_taken_by or keys.setdefault(command.key or command.id, command.id)
            if attempt.outcome is None and first != command.id:
                await self._refuse_key(desk, command, first)
            elif attempt.expired:
                log.warning("command expired before it was decided", command=str(command.id))
            elif attempt.outcome is not None:
                await self._repeat(command, attempt.outcome)
            else:
                fresh.append(command)
        counted = (perf_counter() - started) * 1000
        # What this process has begun and outlived, because a part was away, does no harm; what
        # another has begun may have ended it, so each is tried alone.
        suspects = self._tries.suspects(fresh)
        sources = {command.id: source for command, source in reversed(commands)}
        for number, run in enumerate(split_runs(fresh, alone=bool(suspects))):
            undecided = run if number == 0 else await self._skip_decided(desk, run)
            if suspects and undecided:
                [command] = undecided
                tries = await self._tries.begin_again(desk, command)
                if tries > MOST_TRIES:
                    await self._give_up(desk, command, sources[command.id], tries)
                    continue
            await self._decide(desk, undecided, counted)
            self._tries.forget(undecided)
        for question in questions:
            await self._answer(desk, question)
        if notes:
            async with desk.transaction() as transaction:
                for note in notes:
                    await transaction.save_download(note)
        await empty_outbox(desk, self._publisher)
        with contextlib.suppress(Unreachable):
            await self._commands.move_bookmark(received[-1].offset + 1)

    async def _skip_decided(self, desk: Desk, commands: Sequence[Command]) -> list[Command]:
        """Answer those that an earlier run of the same batch has decided; give the others."""
        async with desk.transaction() as transaction:
            outcomes = await transaction.find_outcomes([command.id for command in commands])
        for command in commands:
            if command.id in outcomes:
                await self._repeat(command, outcomes[command.id])
        return [command for command in commands if command.id not in outcomes]

    async def _decide(self, desk: Desk, commands: Sequence[Command], counted: float) -> None:
        """Decide commands that are about different events, night by night."""
        if len(commands) == 1 and is_compound(commands[0]):
            await self._settle(desk, commands[0])
            return
        nights: defaultdict[tuple[UUID, date], list[Command]] = defaultdict(list)
        for command in commands:
            place = await self._nights.place(desk, command)
            if isinstance(place, Fault):
                await self._refuse(desk, command, place)
            else:
                nights[place].append(command)
        for (instrument, day), some in nights.items():
            await self._decide_night(desk, instrument, day, some, counted)

    async def _settle(self, desk: Desk, command: Command) -> None:
        """Decide a command that may concern more than one night."""
        async with desk.transaction() as transaction:
            now = await transaction.now()
            if command.expires_at <= now:
                return
            settled = await self._compound.settle(at_moment(transaction, now), command)
            messages = self._nights.announce(settled.changes, command.request_id)
            messages += self._nights.enqueue(settled.commands)
            await self._nights.save(transaction, [(command, settled.outcome)], messages, {})
        log.info(
            "command settled",
            command=str(command.id),
            request_id=command.request_id,
            kind=command.kind.value,
            status=settled.outcome.status.value,
            reasons=[fault.reason.value for fault in settled.outcome.faults],
            changes=len(settled.changes),
        )

    async def _answer(self, desk: Desk, question: Command) -> None:
        """Answer a question; nothing is kept of it."""
        outcome: Outcome | None = None
        with contextlib.suppress(Undone):
            async with desk.transaction() as transaction:
                if question.expires_at > await transaction.now():
                    outcome = await self._questions.answer(transaction, question)
                raise Undone
        if outcome is not None:
            await self._publisher.publish(
                [outcome_message(self.group, outcome, {}, question.request_id)]
            )

    async def _refuse(self, desk: Desk, command: Command, fault: Fault) -> None:
        """Reject a command that belongs to no night."""
        async with desk.transaction() as transaction:
            outcome = reject(command, (fault,), await transaction.now())
            await self._nights.save(transaction, [(command, outcome)], (), {})

    async def _decide_night(
        self, desk: Desk, instrument: UUID, day: date, commands: Sequence[Command], counted: float
    ) -> None:
        clock = Stages()
        async with desk.transaction() as transaction:
            loaded = await self._nights.load(transaction, instrument, day, commands)
            clock.mark("load")
            now = loaded.state.now
            live = [command for command in commands if command.expires_at > now]
            decision = await self._nights.decide(loaded, live)
            clock.mark("decide")
            timings = {"queue": queued_ms(commands, now), "count": counted, **clock.stages}
            await self._nights.store(transaction, decision, timings)
            clock.mark("store")
        clock.mark("commit")
        self._log(self._nights.instruments[instrument], day, decision, clock)

    async def _repeat(self, command: Command, outcome: Outcome) -> None:
        """Answer a command that has been decided before, in the same words."""
        if outcome.body_hash != command.body_hash:
            fault = Fault(
                reason=Reason.ID_CONFLICT,
                detail=f"expected a new id or the same content as the first time, got other "
                f"content for {command.id}",
                pointer="/id",
            )
            outcome = reject(command, (fault,), outcome.decided_at)
        await self._publisher.publish(
            [outcome_message(self.group, outcome, {}, command.request_id)]
        )

    async def _refuse_key(self, desk: Desk, command: Command, first: UUID) -> None:
        """Reject a command whose idempotency key stands for another one, which keeps the key."""
        fault = Fault(
            reason=Reason.ID_CONFLICT,
            detail=f"expected a key that no other request has used, got that of {first}",
            header="Idempotency-Key",
            meta={"command": str(first)},
        )
        keyless = command.model_copy(update={"key": None})
        async with desk.transaction() as transaction:
            outcome = reject(command, (fault,), await transaction.now())
            await self._nights.save(transaction, [(keyless, outcome)], (), {})

    async def _give_up(self, desk: Desk, command: Command, source: Received, tries: int) -> None:
        why = f"could not be decided in {tries - 1} tries"
        log.error("command is poisonous", command=str(command.id), tries=tries - 1)
        fault = Fault(reason=Reason.TIMEOUT, detail=f"the request {why} and was given up")
        async with desk.transaction() as transaction:
            now = await transaction.now()
            letter = dead_letter(self.group, source, why, now, command)
            outcome = reject(command, (fault,), now)
            await self._nights.save(transaction, [(command, outcome)], (letter,), {})

    async def _bury(self, desk: Desk, unreadable: Sequence[tuple[Received, str]]) -> None:
        async with desk.transaction() as transaction:
            now = await transaction.now()
            letters = [
                dead_letter(self.group, received, why, now, None) for received, why in unreadable
            ]
            await transaction.save_outcomes((), letters)
        for received, why in unreadable:
            log.error("message is no command", offset=received.offset, why=why[:500])

    async def _tidy(self, desk: Desk) -> None:
        """Ask for what recurs, plan the nights ahead, and expire what waited in vain."""
        async with desk.transaction() as transaction:
            now = await transaction.now()
            more = await self._recurring.extend(transaction, now)
            if more:
                await transaction.save_outcomes((), self._nights.enqueue(more))
        wanted = [
            (instrument.id, night.date)
            for instrument in self._nights.instruments.values()
            for night in nights_ahead(instrument, now, self._plan_ahead)
        ]
        due = [
            *await desk.find_unplanned(wanted),
            *await desk.find_overdue(list(self._nights.instruments)),
        ]
        for instrument, day in due:
            if self._stopping:
                return
            await self._decide_night(desk, instrument, day, (), 0.0)
        if due or more:
            await empty_outbox(desk, self._publisher)
        self._tidied = asyncio.get_running_loop().time()

    def _log(self, instrument: Instrument, day: date, decision: Decision, clock: Stages) -> None:
        log.info(
            "night decided",
            instrument=instrument.name,
            night=day.isoformat(),
            outcomes=[
                {
                    "command": str(command.id),
                    "request_id": command.request_id,
                    "status": outcome.status.value,
                    "reasons": [fault.reason.value for fault in outcome.faults],
                }
                for command, outcome in decision.outcomes
            ],
            changes=len(decision.changes),
            **{f"{name}_ms": value for name, value in clock.stages.items()},
        )
