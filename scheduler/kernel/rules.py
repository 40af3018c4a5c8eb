"""What binds tasks to each other: one class per family of constraints.

A rule tells the searches when a task may be placed beside those that are, tells CP-SAT the same
in its own terms, and tells the decomposition which tasks belong together. To add a constraint,
derive one class from `Rule` and hand its instances to the problem as ``rules``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.kernel.cpsat import Model
    from scheduler.kernel.problem import Problem

Spans = Mapping[str, tuple[int, int]]
"""Start and end of each placed task."""
Bounds = tuple[int | None, int | None]
"""Earliest and latest start, ``None`` where there is no limit."""

FREE: Bounds = (None, None)


class Rule:
    """A rule that binds nothing; the base of all others."""

    def binds(self) -> Sequence[str]:
        """Ids of the tasks it speaks of."""
        return ()

    def needs(self, task_id: str) -> Sequence[str]:
        """Ids of tasks without which this one may not be placed."""
        del task_id
        return ()

    def together(self, task_id: str) -> Sequence[str]:
        """Ids of tasks that start when this one does."""
        del task_id
        return ()

    def bounds(self, task_id: str, placed: Spans) -> Bounds | None:
        """Starts that the placed tasks leave to one that is not; ``None``: none at all.

        Parameters
        ----------
        task_id
            Not placed. Those it `needs` may still be missing too.
        placed
            The placed ones of the tasks it binds. Taking one of them away must never make the
            others break the rule, unless they need it.
        """
        del task_id, placed
        return FREE

    def post(self, model: Model) -> None:
        """Add the rule to a CP-SAT model."""
        raise NotImplementedError


class Precedence(Rule):
    """One task comes after another, at a least and perhaps a greatest distance.

    Parameters
    ----------
    first, second
        Ids: the second needs the first.
    duration
        Of the first.
    min_gap, max_gap
        From the end of the first to the start of the second.
    """

    def __init__(
        self, first: str, second: str, duration: int, min_gap: int, max_gap: int | None
    ) -> None:
        self.first, self.second = first, second
        self.least = duration + min_gap
        self.most = None if max_gap is None else duration + max_gap

    def binds(self) -> Sequence[str]:
        """Both."""
        return (self.first, self.second)

    def needs(self, task_id: str) -> Sequence[str]:
        """Name the first for the second."""
        return (self.first,) if task_id == self.second else ()

    def bounds(self, task_id: str, placed: Spans) -> Bounds | None:
        """So far after the first, or before the second."""
        if task_id == self.second and self.first in placed:
            start = placed[self.first][0]
            return start + self.least, None if self.most is None else start + self.most
        if task_id == self.first and self.second in placed:
            start = placed[self.second][0]
            return None if self.most is None else start - self.most, start - self.least
        return FREE

    def post(self, model: Model) -> None:
        """Present only with the first, and within the gaps."""
        here = model.presence(self.second)
        model.cp.add_implication(here, model.presence(self.first))
        distance = model.start(self.second) - model.start(self.first)
        model.cp.add(distance >= self.least).only_enforce_if(here)
        if self.most is not None:
            model.cp.add(distance <= self.most).only_enforce_if(here)


class AllOrNone(Rule):
    """All tasks of a group or none."""

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tasks

    def binds(self) -> Sequence[str]:
        """The group."""
        return self.tasks

    def needs(self, task_id: str) -> Sequence[str]:
        """All the others."""
        return [other for other in self.tasks if other != task_id]

    def post(self, model: Model) -> None:
        """All present or none."""
        first = model.presence(self.tasks[0])
        for other in self.tasks[1:]:
            model.cp.add(model.presence(other) == first)


class Together(AllOrNone):
    """All tasks of a group or none, all starting at the same time."""

    def together(self, task_id: str) -> Sequence[str]:
        """All the others."""
        return self.needs(task_id)

    def bounds(self, task_id: str, placed: Spans) -> Bounds | None:
        """Exactly when the others start."""
        del task_id
        starts = [start for start, _ in placed.values()]
        return (max(starts), min(starts)) if starts else FREE

    def post(self, model: Model) -> None:
        """All present or none, with equal starts."""
        super().post(model)
        first = self.tasks[0]
        for other in self.tasks[1:]:
            same = model.cp.add(model.start(other) == model.start(first))
            same.only_enforce_if(model.presence(first))


class AtMostOne(Rule):
    """At most one task of a group."""

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tasks

    def binds(self) -> Sequence[str]:
        """The group."""
        return self.tasks

    def bounds(self, task_id: str, placed: Spans) -> Bounds | None:
        """No place beside another one."""
        del task_id
        return None if placed else FREE

    def post(self, model: Model) -> None:
        """At most one present."""
        model.cp.add_at_most_one([model.presence(name) for name in self.tasks])


GROUPS: dict[str, type[AllOrNone | AtMostOne]] = {
    "all": AllOrNone,
    "one": AtMostOne,
    "together": Together,
}


def rules_of(problem: Problem) -> list[Rule]:
    """All rules of a problem: dependencies, groups, and those it brings along.

    A pinned task runs already: it needs nobody any more, and its group is taken as begun, so
    that the rest of the group stands alone.

    Parameters
    ----------
    problem
        A checked one.
    """
    after = [task for task in problem.tasks if task.after is not None]
    durations = {task.id: task.duration for task in problem.tasks} if after else {}
    found: list[Rule] = [
        Precedence(
            task.after.id,
            task.id,
            durations[task.after.id],
            task.after.min_gap,
            task.after.max_gap,
        )
        for task in after
        if task.after is not None and task.id not in problem.pinned
    ]
    for group in problem.groups:
        names = [name for name in group.tasks if name not in problem.pinned]
        begun = [name for name in group.tasks if name in problem.pinned]
        if group.rule == "one" and begun:
            found += [AtMostOne((begun[0], name)) for name in names]
        elif len(names) > 1:
            found.append(GROUPS[group.rule](names))
    return [*found, *problem.rules]
