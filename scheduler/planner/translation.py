"""Between events, an instrument and a night, and a problem of the kernel.

This is the only place where time becomes an integer: milliseconds since dusk.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.event import Event
from models.instant import MILLISECOND
from models.instrument import Instrument
from models.schedule import Block, Objective, Quality, Schedule
from models.window import Window
from scheduler import kernel
from scheduler.planner.fillers import keep_steady

PRIORITIES = (5, 4, 3, 2, 1)
"""The order of the values of the objective ``priority``, highest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The part of a schedule that has begun and is not planned again.

    ``last_event`` is the last requested block of it: it may still run, and the
    setup time after it counts. ``running_filler`` may be cut off for an event.
    """

    blocks: tuple[Block, ...]
    last_event: Block | None
    running_filler: Block | None


def find_begun(before: Schedule, now: datetime) -> Begun:
    """The blocks of a schedule that have begun by ``now``."""
    blocks = tuple(block for block in before.blocks if block.start <= now)
    requested = [block for block in blocks if not block.filler]
    running = blocks[-1] if blocks and blocks[-1].filler and blocks[-1].end > now else None
    return Begun(
        blocks=blocks,
        last_event=requested[-1] if requested else None,
        running_filler=running,
    )


class Translation:
    """One night of one instrument as a problem of the kernel.

    Parameters
    ----------
    instrument, before, begun, events, now, time_limit
        As in :meth:`scheduler.planner.plan.Planner.plan`.
    closed
        When the instrument is closed for maintenance.
    epoch
        The instant that is 0; nights that are solved together share it.
    without
        Events for which another one is missing that they must start together with.
    """

    def __init__(
        self,
        instrument: Instrument,
        before: Schedule,
        begun: Begun,
        events: Sequence[Event],
        now: datetime,
        time_limit: float,
        *,
        closed: Sequence[Window] = (),
        epoch: datetime | None = None,
        without: Collection[UUID] = (),
    ) -> None:
        assert before.dusk is not None and before.dawn is not None  # noqa: S101, PT018 - by plan()
        self.instrument = self._instrument = instrument
        self._epoch = before.dusk if epoch is None else epoch
        self._begun = begun
        self._time_limit = time_limit
        self._without = frozenset(without)
        self._previous = {
            str(block.id): (instrument.name, self._offset(block.start))
            for block in before.blocks
            if not block.filler
        }
        began = {block.id for block in begun.blocks if not block.filler}
        last = begun.last_event
        self._done = [event for event in events if event.id in began and not is_block(event, last)]
        self._open = [
            event for event in events if event.id not in began and self._may_start(event, now)
        ]
        self._pinned = [event for event in events if is_block(event, last)]
        self._late = [
            event for event in events if event.id not in began and not self._may_start(event, now)
        ]
        self._start = max(self._offset(before.dusk + instrument.warm_up), self._ceiling(now))
        self._end = max(self._start, self._offset(before.dawn))
        self._classes = self._index_classes()
        self._closed = tuple(
            (start, end)
            for window in closed
            for start, end in [
                (max(self._start, self._offset(window.start)), self._ceiling(window.end))
            ]
            if start < min(end, self._end)
        )
        self._blocked = self._closed
        self._free_from = self._free_after_filler()

    @property
    def by_id(self) -> Mapping[str, Event]:
        """Every event given, by the kernel's name for it."""
        everything = (*self._open, *self._pinned, *self._late)
        return {str(event.id): event for event in everything}

    def solve(self) -> tuple[kernel.Solution, bool]:
        """Solve the night.

        A filler never displaces a requested event (requirement S2), so a filler
        that runs is kept only if no event takes its time.

        Returns
        -------
        tuple
            The kernel's solution, and whether the running filler is kept.
        """
        running = self._begun.running_filler
        if running is None:
            return kernel.solve(self.problem()), False
        end = min(self._offset(running.end), self._end)
        if any(start < end for start, _ in self._closed):
            return kernel.solve(self.problem()), False
        if any(self._offset(event.earliest) < end + self._turning(event) for event in self._open):
            solution = kernel.solve(self.problem())
            open_now = {str(event.id): event for event in self._open}
            if any(
                self._start <= place.start < end + self._turning(open_now[place.id])
                for place in solution.scheduled
                if place.id in open_now
            ):
                return solution, False
        self.keep_running_filler()
        return kernel.solve(self.problem()), True

    def keep_running_filler(self) -> None:
        """Let the filler that runs, if one does, run to its end."""
        running = self._begun.running_filler
        if running is not None:
            self._free_from = end = min(self._offset(running.end), self._end)
            self._blocked = (*self._closed, (self._start, end))

    @property
    def held_up(self) -> Sequence[Event]:
        """The events for which the instrument cannot turn in time from the last filler."""
        return [event for event in self._open if not self._windows(event)]

    def _free_after_filler(self) -> int | None:
        """When the last filler that has begun lets the instrument go; None if there is none.

        One that runs is cut off now, unless the solve leaves it alone.
        """
        last = self._begun.blocks[-1] if self._begun.blocks else None
        if last is None or not last.filler:
            return None
        return min(self._offset(last.end), self._start)

    def _turning(self, event: Event) -> int:
        """Time from the end of a filler to the start of an event."""
        filler = self._instrument.filler
        if filler is None:
            return 0
        before = self._instrument.setup_class(filler.type, filler.attributes)
        after = self._instrument.setup_class(event.type, event.attributes)
        return -(-self._instrument.setup(before, after) // MILLISECOND)

    def _windows(self, event: Event) -> tuple[kernel.Window, ...]:
        """The windows of an event, without the time to turn to it from the last filler."""
        pinned = is_block(event, self._begun.last_event)
        free = None if pinned or self._free_from is None else self._free_from + self._turning(event)
        windows = []
        low, high = self._span_after(event)
        for window in event.windows:
            start, end = self._offset(window.start), self._offset(window.end)
            if low is not None and (start < low or (high is not None and end > high)):
                start, end = max(start, low), end if high is None else min(end, high)
                if end - start < event.duration_ms:
                    continue
            if free is not None and start < free:
                if end - free < event.duration_ms:
                    continue
                start = free
            windows.append(kernel.Window(start=start, end=end, preference=window.preference))
        return tuple(windows)

    def instants(self, start: int, end: int) -> tuple[datetime, datetime]:
        """A span of the kernel's as times."""
        return self._epoch + start * MILLISECOND, self._epoch + end * MILLISECOND

    def fillers(
        self, solution: kernel.Solution, before: Sequence[datetime]
    ) -> Sequence[tuple[int, int]]:
        """The fillers of a solution; those of before stay where as many of them fit.

        Parameters
        ----------
        solution
            The kernel's.
        before
            The starts of the former fillers, in order.
        """
        found = [(filler.start, filler.end) for filler in solution.fillers]
        kind = self._instrument.filler
        if kind is None or self._matrix() is not None:
            return found
        size = kind.duration // MILLISECOND
        former = [(self._offset(start), self._offset(start) + size) for start in before]
        low = self._start
        spans = [(placement.start, placement.end) for placement in solution.scheduled]
        taken = sorted((max(low, start), max(low, end)) for start, end in (*spans, *self._blocked))
        busy = [(low, low), *taken, (self._end, self._end)]
        return keep_steady(found, former, busy)

    def value(self, events: Sequence[Event]) -> int | tuple[int, ...]:
        """What events are worth that the kernel was asked to place, as its objective has it."""
        objective = self._instrument.policy.objective
        if objective is Objective.PRIORITY:
            occurring = sorted({event.priority for event in self.asked()}, reverse=True)
            return tuple(
                sum(event.duration_ms for event in events if event.priority == priority)
                for priority in occurring
            )
        weighted = objective is Objective.WEIGHTED
        return sum(event.duration_ms * (event.priority if weighted else 1) for event in events)

    def quality(self, solution: kernel.Solution) -> Quality:
        """The quality of the whole night: what the kernel found plus what has run already."""
        objective = self._instrument.policy.objective
        value, bound = solution.objective, solution.bound
        done = self._done
        if objective is Objective.PRIORITY:
            return self._quality(
                solution, self._by_priority(value, done), self._by_priority(bound, done)
            )
        assert isinstance(value, int)  # noqa: S101 - by the objective
        assert isinstance(bound, int)  # noqa: S101 - by the objective
        weighted = objective is Objective.WEIGHTED
        worth = sum(event.duration_ms * (event.priority if weighted else 1) for event in done)
        return self._quality(solution, value + worth, bound + worth)

    def _quality(
        self,
        solution: kernel.Solution,
        value: int | tuple[int, ...],
        bound: int | tuple[int, ...],
    ) -> Quality:
        return Quality(
            status=solution.status,
            objective=self._instrument.policy.objective,
            value=value,
            bound=bound,
            gap=solution.gap,
            solve_ms=round(solution.wall_seconds * 1000, 3),
        )

    def _by_priority(self, value: int | tuple[int, ...], done: Sequence[Event]) -> tuple[int, ...]:
        """A vector over all five priorities from one over those that occur."""
        assert isinstance(value, tuple)  # noqa: S101 - by the objective
        occurring = sorted({event.priority for event in self.asked()}, reverse=True)
        found = dict(zip(occurring, value, strict=True))
        return tuple(
            found.get(priority, 0)
            + sum(event.duration_ms for event in done if event.priority == priority)
            for priority in PRIORITIES
        )

    def problem(self) -> kernel.Problem:
        """The night as the kernel's problem."""
        instrument = self._instrument
        filler = instrument.filler
        return kernel.Problem(
            instruments={
                instrument.name: kernel.Instrument(
                    start=self._start,
                    end=self._end,
                    blocked=self._blocked,
                    setup=self._matrix(),
                    filler=None
                    if filler is None
                    else kernel.FillerSpec(
                        duration=filler.duration // MILLISECOND,
                        task_class=self._classes[
                            instrument.setup_class(filler.type, filler.attributes)
                        ],
                    ),
                )
            },
            tasks=tuple(self._task(event) for event in self.asked()),
            objective=instrument.policy.objective.value,
            previous=self._previous_of(self.asked()),
            pinned=frozenset(str(event.id) for event in self._pinned),
            time_limit=self._time_limit,
        )

    def asked(self) -> Sequence[Event]:
        """The events that the kernel is asked to place."""
        missing = {event.id for event in self.missing}
        return (
            *self._pinned,
            *(e for e in self._open if e.id not in missing and self._windows(e)),
        )

    @property
    def missing(self) -> Sequence[Event]:
        """The events for which another one is missing that they need before them."""
        there = {event.id for event in (*self._pinned, *self._done)}
        there |= {event.id for event in self._open if self._windows(event)}
        gone = [event for event in self._open if event.id in self._without]
        there -= self._without
        waiting = [
            event
            for event in self._open
            if event.after is not None and event.id not in self._without
        ]
        while True:
            more = [e for e in waiting if e.after is not None and e.after.event not in there]
            if not more:
                return gone
            gone += more
            waiting = [event for event in waiting if event not in more]
            there -= {event.id for event in more}

    def _span_after(self, event: Event) -> tuple[int | None, int | None]:
        """When an event may run after one that has run already, in the kernel's time."""
        if event.after is None:
            return None, None
        ran = next((b for b in self._begun.blocks if b.id == event.after.event), None)
        if ran is None or ran is self._begun.last_event:
            return None, None
        end, most = self._offset(ran.end), event.after.max_gap_ms
        return (
            end + event.after.min_gap_ms,
            None if most is None else end + most + event.duration_ms,
        )

    def _previous_of(self, events: Sequence[Event]) -> dict[str, tuple[str, int]]:
        names = {str(event.id) for event in events}
        return {name: place for name, place in self._previous.items() if name in names}

    def _task(self, event: Event) -> kernel.Task:
        return kernel.Task(
            id=str(event.id),
            duration=event.duration_ms,
            windows={self._instrument.name: self._windows(event)},
            priority=event.priority,
            task_class=self._classes[self._instrument.setup_class(event.type, event.attributes)],
            after=self._after(event),
        )

    def _after(self, event: Event) -> kernel.After | None:
        """The precedence, unless the other event has run already."""
        if event.after is None or event.after.event in {done.id for done in self._done}:
            return None
        return kernel.After(
            id=str(event.after.event),
            min_gap=event.after.min_gap_ms,
            max_gap=event.after.max_gap_ms,
        )

    def _index_classes(self) -> dict[Hashable, int]:
        classes: dict[Hashable, int] = {}
        for event in (*self._pinned, *self._open):
            key = self._instrument.setup_class(event.type, event.attributes)
            classes.setdefault(key, len(classes))
        filler = self._instrument.filler
        if filler is not None:
            key = self._instrument.setup_class(filler.type, filler.attributes)
            classes.setdefault(key, len(classes))
        return classes

    def _matrix(self) -> tuple[tuple[int, ...], ...] | None:
        setup = self._instrument.setup
        matrix = tuple(
            tuple(-(-setup(before, after) // MILLISECOND) for after in self._classes)
            for before in self._classes
        )
        return matrix if any(map(any, matrix)) else None

    def _offset(self, instant: datetime) -> int:
        return (instant - self._epoch) // MILLISECOND

    def _ceiling(self, instant: datetime) -> int:
        return -((self._epoch - instant) // MILLISECOND)

    @staticmethod
    def _may_start(event: Event, now: datetime) -> bool:
        return any(window.end - event.duration >= now for window in event.windows)


def is_block(event: Event, block: Block | None) -> bool:
    """Whether the block is the event's own."""
    return block is not None and event.id == block.id
