"""Together: the nights of several instruments as one problem, for events that start together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from models.event import Event
from models.schedule import Schedule
from models.window import Window
from scheduler import kernel
from scheduler.planner.plan import Plan, Planner
from scheduler.planner.translation import Translation, find_begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of one instrument's night.

    Parameters
    ----------
    planner
        The instrument's.
    before, events, closed
        As in :meth:`Planner.plan`.
    """

    planner: Planner
    before: Schedule
    events: Sequence[Event]
    closed: Sequence[Window] = ()


def plan_together(nights: Sequence[Wanted], now: datetime) -> tuple[Plan, ...]:
    """Find the best schedules of several instruments for the same night.

    Events that name one another start at the same time or not at all, so all the
    nights are one problem, with the objective of the first. Each night's bound is its
    own value plus what the whole may still lack.

    Parameters
    ----------
    nights
        One for each instrument.
    now
        Nothing new starts before.

    Returns
    -------
    tuple of Plan
        In the order given.
    """
    found: dict[int, Plan] = {}
    for number, night in enumerate(nights):
        nothing = night.planner.without_choice(night.before, night.events, now)
        if nothing is not None:
            found[number] = nothing
    open_nights = {n: night for n, night in enumerate(nights) if n not in found}
    if open_nights:
        found |= _solve(open_nights, now)
    return tuple(found[number] for number in range(len(nights)))


def _solve(nights: Mapping[int, Wanted], now: datetime) -> dict[int, Plan]:
    epoch = min(night.before.dusk for night in nights.values() if night.before.dusk is not None)
    groups, without = _groups(list(nights.values()), now)
    translations = {}
    for number, night in nights.items():
        translation = night.planner.translate(
            night.before, night.events, now, night.closed, epoch=epoch, without=without
        )
        translation.keep_running_filler()
        translations[number] = translation
    solution = kernel.solve(_joined([each.problem() for each in translations.values()], groups))
    slack = _slack(solution)
    return {
        number: night.planner.read(
            translations[number],
            _own(solution, translations[number], slack),
            find_begun(night.before, now).blocks,
            night.before,
        )
        for number, night in nights.items()
    }


def _groups(
    nights: Sequence[Wanted], now: datetime
) -> tuple[tuple[kernel.Group, ...], frozenset[UUID]]:
    """Which events start together, and which lack one that they should start with."""
    begun = {block.id for night in nights for block in find_begun(night.before, now).blocks}
    there = {event.id: event for night in nights for event in night.events}
    bound: dict[UUID, set[UUID]] = {}
    lacking = set()
    for event in there.values():
        other = event.together_with
        if other is None or event.id in begun:
            continue
        if other not in there or other in begun:
            lacking.add(event.id)
            continue
        together = bound.get(event.id, {event.id}) | bound.get(other, {other})
        for one in together:
            bound[one] = together
    sets = {frozenset(together) for together in bound.values()}
    broken = {one for together in sets if together & lacking for one in together}
    groups = tuple(
        kernel.Group(rule="together", tasks=tuple(sorted(map(str, together))))
        for together in sorted(sets, key=lambda together: min(map(str, together)))
        if not together & broken
    )
    return groups, frozenset(lacking | broken)


def _joined(problems: Sequence[kernel.Problem], groups: Sequence[kernel.Group]) -> kernel.Problem:
    """One problem of several; a group of which a task has no place at all is left out with it."""
    tasks = tuple(task for problem in problems for task in problem.tasks)
    names = {task.id for task in tasks}
    whole = tuple(group for group in groups if names.issuperset(group.tasks))
    halved = {name for group in groups if group not in whole for name in group.tasks}
    return replace(
        problems[0],
        instruments={
            name: served for problem in problems for name, served in problem.instruments.items()
        },
        tasks=tuple(task for task in tasks if task.id not in halved),
        groups=whole,
        previous={
            name: place
            for problem in problems
            for name, place in problem.previous.items()
            if name not in halved
        },
        pinned=frozenset().union(*(problem.pinned for problem in problems)),
    )


def _slack(solution: kernel.Solution) -> int:
    """What the whole may lack at most, where that is one number."""
    if isinstance(solution.bound, int) and isinstance(solution.objective, int):
        return solution.bound - solution.objective
    return 0


def _own(solution: kernel.Solution, translation: Translation, slack: int) -> kernel.Solution:
    """The part of a solution that is one instrument's."""
    name = translation.instrument.name
    ids = {str(event.id) for event in translation.asked()}
    placed = tuple(place for place in solution.scheduled if place.instrument == name)
    value = translation.value([translation.by_id[place.id] for place in placed])
    bound = value + slack if isinstance(value, int) else value
    left = {out.id for out in solution.not_scheduled}
    halved = ids - left - {place.id for place in placed}
    return replace(
        solution,
        objective=value,
        bound=bound,
        gap=0.0 if isinstance(value, tuple) or not slack else slack / (value + slack),
        scheduled=placed,
        not_scheduled=(
            *(out for out in solution.not_scheduled if out.id in ids),
            *(kernel.LeftOut(id=out, reason="dependency") for out in sorted(halved)),
        ),
        fillers=tuple(filler for filler in solution.fillers if filler.instrument == name),
    )
