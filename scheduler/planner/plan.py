"""Plan: the best schedule of a night over all events that are wanted.

What has begun stays as it is; only the time from now on is planned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.errors import Reason
from models.event import Event
from models.instrument import Instrument
from models.schedule import Block, Objective, Quality, Schedule
from models.window import Window
from scheduler import kernel
from scheduler.planner.translation import PRIORITIES, Translation, find_begun


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Why an event found no place.

    Parameters
    ----------
    reason
        In a word.
    in_the_way
        The scheduled events that take its place.
    """

    reason: Reason
    in_the_way: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The best schedule found for a night.

    Parameters
    ----------
    blocks
        Events and fillers in order of time, those that have begun included.
    quality
        How good it is.
    left_out
        The events given that are not in it.
    """

    blocks: tuple[Block, ...]
    quality: Quality
    left_out: Mapping[UUID, LeftOut]

    @property
    def scheduled(self) -> frozenset[UUID]:
        """Ids of the events that have a place."""
        return frozenset(block.id for block in self.blocks if not block.filler)


class Planner:
    """Plans the nights of one instrument.

    Parameters
    ----------
    instrument
        Whose nights.
    new_id
        Gives the ids of new fillers.
    time_limit
        Longest time of one solve, in seconds.
    """

    def __init__(
        self, instrument: Instrument, *, new_id: Callable[[], UUID], time_limit: float
    ) -> None:
        self._instrument = instrument
        self._new_id = new_id
        self._time_limit = time_limit

    @property
    def instrument(self) -> Instrument:
        """Whose nights it plans."""
        return self._instrument

    def plan(
        self,
        *,
        before: Schedule,
        events: Sequence[Event],
        now: datetime,
        closed: Sequence[Window] = (),
    ) -> Plan:
        """Find the best schedule of a night over all the events that are wanted.

        Parameters
        ----------
        before
            The schedule so far, with the night's dusk and dawn. Its blocks that
            have begun by ``now`` stay as they are.
        events
            Every event still wanted, those scheduled so far included.
        now
            Nothing new starts before.
        closed
            When the instrument is closed for maintenance.

        Returns
        -------
        Plan
            The best schedule within the time limit.
        """
        nothing = self.without_choice(before, events, now)
        if nothing is not None:
            return nothing
        begun = find_begun(before, now)
        translation = self.translate(before, events, now, closed)
        solution, filler_kept = translation.solve()
        kept = begun.blocks
        if not filler_kept:
            kept = tuple(block for block in kept if block is not begun.running_filler)
        return self.read(translation, solution, kept, before)

    def without_choice(
        self, before: Schedule, events: Sequence[Event], now: datetime
    ) -> Plan | None:
        """The plan of a night that has no darkness or is over; None of any other night."""
        if before.dusk is None or before.dawn is None:
            return self._nothing((), events, Reason.NO_DARKNESS)
        if now < before.dawn:
            return None
        begun = find_begun(before, now)
        ran = {block.id for block in begun.blocks}
        late = [event for event in events if event.id not in ran]
        return self._nothing(begun.blocks, late, Reason.IN_THE_PAST)

    def keep(self, before: Schedule) -> Plan:
        """The plan that there is, as it is."""
        quality = before.quality or self._nothing((), (), Reason.NO_ROOM).quality
        return Plan(blocks=before.blocks, quality=quality, left_out={})

    def translate(
        self,
        before: Schedule,
        events: Sequence[Event],
        now: datetime,
        closed: Sequence[Window],
        *,
        epoch: datetime | None = None,
        without: Collection[UUID] = (),
    ) -> Translation:
        """The night as a problem of the kernel; parameters as in :class:`Translation`."""
        return Translation(
            self._instrument,
            before,
            find_begun(before, now),
            events,
            now,
            self._time_limit,
            closed=closed,
            epoch=epoch,
            without=without,
        )

    def _nothing(self, blocks: tuple[Block, ...], events: Sequence[Event], reason: Reason) -> Plan:
        """The plan of a night in which nothing more can be placed."""
        objective = self._instrument.policy.objective
        nothing = (0,) * len(PRIORITIES) if objective is Objective.PRIORITY else 0
        quality = Quality(
            status="optimal", objective=objective, value=nothing, bound=nothing, gap=0.0, solve_ms=0
        )
        left_out = {event.id: LeftOut(reason=reason, in_the_way=()) for event in events}
        return Plan(blocks=blocks, quality=quality, left_out=left_out)

    def read(
        self,
        translation: Translation,
        solution: kernel.Solution,
        kept: Sequence[Block],
        before: Schedule,
    ) -> Plan:
        """What the kernel found, as blocks; ``kept`` is what has begun and stays."""
        by_id = translation.by_id
        known = {block.id: block for block in before.blocks if not block.filler}
        fixed = {block.id for block in kept}
        blocks = list(kept)
        for placement in solution.scheduled:
            event = by_id[placement.id]
            if event.id in fixed:
                continue
            start, end = translation.instants(placement.start, placement.end)
            block = known.get(event.id)
            found = Block(
                id=event.id, type=event.type, start=start, end=end, attributes=event.attributes
            )
            blocks.append(block if block is not None and block == found else found)
        blocks.extend(self._fillers(translation, solution, before))
        blocks.sort(key=lambda block: block.start)
        return Plan(
            blocks=tuple(blocks),
            quality=translation.quality(solution),
            left_out={
                by_id[left.id].id: LeftOut(
                    reason=Reason(left.reason),
                    in_the_way=tuple(UUID(name) for name in left.in_the_way),
                )
                for left in solution.not_scheduled
            }
            | {
                event.id: LeftOut(reason=Reason.NO_ROOM, in_the_way=())
                for event in translation.held_up
            }
            | {
                event.id: LeftOut(reason=Reason.DEPENDENCY, in_the_way=())
                for event in translation.missing
            },
        )

    def _fillers(
        self, translation: Translation, solution: kernel.Solution, before: Schedule
    ) -> list[Block]:
        """The fillers as blocks; one that stays where it was is the same block."""
        kind = self._instrument.filler
        if kind is None:
            return []
        known = {
            block.start: block
            for block in before.blocks
            if block.filler and block.type == kind.type and block.attributes == kind.attributes
        }
        fillers = []
        for span in translation.fillers(solution, [block.start for block in known.values()]):
            start, end = translation.instants(*span)
            block = known.get(start)
            if block is None or block.end != end:
                block = Block(
                    id=self._new_id(),
                    type=kind.type,
                    start=start,
                    end=end,
                    attributes=kind.attributes,
                    filler=True,
                )
            fillers.append(block)
        return fillers
