"""Replay: decides again what the restored database does not have, as it was decided then.

Each batch is one transaction, with the time of then as the present and nobody's
patience judged. What is already decided is skipped, so a replay that was killed
is simply run again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

from models.command import Command
from models.errors import Fault
from models.event import State
from models.outcome import Outcome
from scheduler.ports import Archive, Desk, Publisher, Store, Transaction
from scheduler.replay.excerpts import Span, read_history
from scheduler.replay.history import Batch, Decided, NightKey, without
from scheduler.replay.refusals import AlreadyDecided, NotInTheLog, StillLed
from scheduler.replay.settle import (
    Difference,
    as_stored,
    raise_revision,
    same,
    settle,
    surprises,
)
from scheduler.service.batch import is_compound
from scheduler.service.compound import Compound
from scheduler.service.decide import reject
from scheduler.service.moment import at_moment
from scheduler.service.nights import Loaded, Nights
from scheduler.service.outbox import empty_outbox

LOCK_PATIENCE = 10.0
"""Seconds that another leader may take to go: one that died is gone by then."""
ASKED_AT_ONCE = 1000
"""Commands looked up in one statement."""
ANNOUNCED_EVERY = 50
"""Batches after which the outbox is emptied."""


@dataclass(kw_only=True)
class Report:
    """What a replay did, or would do, for one scheduling group.

    Parameters
    ----------
    group
        Its name.
    replayed
        Commands decided again, in order, with their first outcomes.
    known
        How many the database had already.
    left_out
        Those left out on request.
    differing
        Those of which something else became than the first time.
    """

    group: str
    replayed: list[Decided] = field(default_factory=list)
    known: int = 0
    left_out: list[Decided] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Led:
    """One scheduling group, led, and what there is to do for it."""

    nights: Nights
    desk: Desk
    batches: Sequence[Batch]
    report: Report


class Replay:
    """Replays some scheduling groups, all of which it leads while it works.

    Parameters
    ----------
    store
        The restored database.
    publisher
        The way out for what it writes into the outbox.
    groups
        Each scheduling group's nights with its log.
    patience
        Longest wait for the right to write a group, in seconds.
    """

    def __init__(
        self,
        *,
        store: Store,
        publisher: Publisher,
        groups: Sequence[tuple[Nights, Archive]],
        patience: float = LOCK_PATIENCE,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._groups = groups
        self._patience = patience

    async def run(
        self, span: Span, *, leave_out: Sequence[UUID] = (), dry: bool = False
    ) -> list[Report]:
        """Decide what a span holds and the database does not.

        Parameters
        ----------
        span
            Which decisions.
        leave_out
            Ids of commands that are not to be carried out again.
        dry
            Only tell what there is to do.

        Raises
        ------
        scheduler.replay.refusals.ReplayRefused
            It cannot be done; nothing was changed.
        models.errors.Unreachable
            The database or the broker does not answer; run it again.
        """
        async with AsyncExitStack() as stack:
            led = []
            missing = set(leave_out)
            for nights, archive in self._groups:
                desk = await self._lead(stack, nights.group.name)
                batches = await read_history(
                    archive,
                    desk,
                    span,
                    partition=nights.group.partition,
                    instruments=list(nights.instruments),
                )
                missing -= {each.command.id for batch in batches for each in batch.decided}
                led.append(await _look_up(nights, desk, batches, leave_out))
            if missing:
                raise NotInTheLog(sorted(missing))
            if not dry:
                for each in led:
                    await self._work(each)
            return [each.report for each in led]

    async def _lead(self, stack: AsyncExitStack, group: str) -> Desk:
        try:
            async with asyncio.timeout(self._patience):
                return await stack.enter_async_context(self._store.lead(group))
        except TimeoutError:
            raise StillLed(group, self._patience) from None

    async def _work(self, led: Led) -> None:
        for number, batch in enumerate(led.batches, 1):
            await _replay_batch(led, batch)
            if number % ANNOUNCED_EVERY == 0:
                await empty_outbox(led.desk, self._publisher)
        await empty_outbox(led.desk, self._publisher)


async def _look_up(
    nights: Nights, desk: Desk, batches: Sequence[Batch], leave_out: Sequence[UUID]
) -> Led:
    """Part what there is to do from what is done already and what is to be left out."""
    every = [each for batch in batches for each in batch.decided]
    ids = [each.command.id for each in every]
    known: dict[UUID, Outcome] = {}
    for start in range(0, len(ids), ASKED_AT_ONCE):
        async with desk.transaction() as transaction:
            known.update(await transaction.find_outcomes(ids[start : start + ASKED_AT_ONCE]))
    if too_late := [command for command in leave_out if command in known]:
        raise AlreadyDecided(too_late)
    gone = {**known, **dict.fromkeys(leave_out)}
    left = without(batches, gone)
    report = Report(
        group=nights.group.name,
        replayed=[each for batch in left for each in batch.decided],
        known=len(known),
        left_out=[each for each in every if each.command.id in leave_out],
    )
    return Led(nights=nights, desk=desk, batches=left, report=report)


async def _replay_batch(led: Led, batch: Batch) -> None:
    if not batch.decided:
        await _expire(led, batch)
        return
    places: defaultdict[NightKey, list[Decided]] = defaultdict(list)
    for each in batch.decided:
        compound = is_compound(each.command)
        if compound and not each.rejected:
            await _settle(led, each)
            continue
        place = (
            None if compound or each.given_up else await led.nights.place(led.desk, each.command)
        )
        if place is None or isinstance(place, Fault):
            await _answer(led, each, place)
        else:
            places[place].append(each)
    for place, some in places.items():
        await _decide_night(led, batch, place, some)


async def _answer(led: Led, each: Decided, fault: Fault | None) -> None:
    """Store the outcome of a command that concerns no night."""
    outcome = as_stored(each.outcome)
    if fault is not None and not each.rejected:
        outcome = reject(each.command, (fault,), each.outcome.decided_at)
        led.report.differing.append(
            Difference(command=each.command, then=each.outcome, now=outcome)
        )
    async with led.desk.transaction() as transaction:
        await led.nights.save(transaction, [(each.command, outcome)], (), {})


async def _settle(led: Led, each: Decided) -> None:
    """Settle a compound command again; what one was rejected for left everything as it was."""
    async with led.desk.transaction() as transaction:
        moment = at_moment(transaction, each.outcome.decided_at)
        settled = await Compound(led.nights).settle(moment, each.command)
        outcome = settled.outcome
        if same(each.outcome, outcome):
            outcome = as_stored(each.outcome)
        else:
            led.report.differing.append(
                Difference(command=each.command, then=each.outcome, now=outcome)
            )
        messages = led.nights.announce(settled.changes, each.command.request_id)
        await led.nights.save(transaction, [(each.command, outcome)], messages, {})


async def _decide_night(led: Led, batch: Batch, place: NightKey, some: Sequence[Decided]) -> None:
    """Decide the commands of one night as then, those that were rejected then among them.

    They were part of the solve. Should one of them win now, because something else was
    left out, the others are decided without them: what was rejected stays rejected.
    """
    commands = [each.command for each in some]
    if batch.revision > 1:
        await _plan_first(led, batch, place)
    async with led.desk.transaction() as transaction:
        loaded = await _load(led, transaction, batch, place, commands)
        decision = await led.nights.decide(loaded, commands)
        if surprises(some, decision):
            others = [each.command for each in some if not each.rejected]
            decision = await led.nights.decide(loaded, others)
        settled, differences = settle(some, raise_revision(decision, batch.revision))
        await led.nights.store(transaction, settled, {})
    led.report.differing.extend(differences)


async def _plan_first(led: Led, batch: Batch, place: NightKey) -> None:
    """Plan a night that had been planned before anything was asked of it."""
    async with led.desk.transaction() as transaction:
        loaded = await _load(led, transaction, batch, place, ())
        if loaded.state.schedule.revision == 0:
            await led.nights.store(transaction, await led.nights.decide(loaded, ()), {})


async def _expire(led: Led, batch: Batch) -> None:
    """Plan a night again in which events waited in vain, if they still do."""
    if batch.night is None:
        return
    async with led.desk.transaction() as transaction:
        loaded = await _load(led, transaction, batch, batch.night, ())
        waiting = {
            record.event.id for record in loaded.state.wanted if record.state is not State.SCHEDULED
        }
        if waiting & batch.expired:
            decision = await led.nights.decide(loaded, ())
            await led.nights.store(transaction, raise_revision(decision, batch.revision), {})


async def _load(
    led: Led,
    transaction: Transaction,
    batch: Batch,
    place: NightKey,
    commands: Sequence[Command],
) -> Loaded:
    """A night as it is, at the time of then."""
    return await led.nights.load(at_moment(transaction, batch.at), *place, commands)
