"""Would it fit, and what would it displace: answered from tables, without solving again.

For a night of fixed tasks the dynamic program is run once forwards and once backwards. The best
schedule that holds one more fixed task is then the best chain that ends before it, the task, and
the best chain that starts after it: two binary searches for each setup class.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from scheduler.kernel.fixed import Chains, best_chains
from scheduler.kernel.fixed_night import Lane, combined_worths, fixed_night
from scheduler.kernel.gaps import free_spans
from scheduler.kernel.objectives import OBJECTIVES, layers
from scheduler.kernel.problem import Problem, Task
from scheduler.kernel.solution import Reason
from scheduler.kernel.validate import LIMIT, check


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would become of one more task.

    Parameters
    ----------
    accepted
        Whether the best schedule with the task is better than the one without.
    reason
        Why not, if it is not.
    displaces
        Ids of tasks scheduled now and not in the best schedule that holds the task. If it is
        not accepted, those that it would have to displace.
    restores
        Ids of tasks not scheduled now, but in that schedule.
    """

    accepted: bool
    reason: Reason | None
    displaces: tuple[str, ...]
    restores: tuple[str, ...]


class Tables:
    """The dynamic program's tables of one night of fixed tasks.

    Parameters
    ----------
    problem
        With the current schedule as ``previous``, so that ties keep what is there.

    Raises
    ------
    ProblemError
        The problem is malformed or contradicts itself.
    ValueError
        It has a task that is not fixed, or is coupled to another.
    """

    def __init__(self, problem: Problem) -> None:
        check(problem)
        night = fixed_night(problem)
        if night is None:
            raise ValueError("tables need fixed tasks that do not depend on each other")
        self._problem = problem
        self._objective = OBJECTIVES[problem.objective]
        self._units = _units(problem)
        worths = [self._worth(task) for task in problem.tasks]
        self._unit = (len(worths) + 1) ** 2
        combined = combined_worths(worths, night.kept, night.pinned)
        self._lanes = {
            name: _LaneTables(
                lane,
                [combined[k] for k in lane.tasks],
                problem.instruments[name].setup,
            )
            for name, lane in night.lanes.items()
        }
        self._free = {name: free_spans(one) for name, one in problem.instruments.items()}

    def _worth(self, task: Task) -> int:
        """Exact worth of a task of the problem or of one more, on any level."""
        level = self._objective.level(task)
        unit = 1
        for known, own, above in self._units:
            if level < known:
                break
            unit = own if level == known else above
        return unit * self._objective.coefficient(task)

    def accepts(self, task: Task) -> bool:
        """Whether the best schedule with one more fixed task is better than the one without.

        Parameters
        ----------
        task
            As `ask` takes it.
        """
        return self._find(task)[0] is None

    def ask(self, task: Task) -> Answer:
        """Say what would become of one more fixed task; nothing is changed.

        Parameters
        ----------
        task
            Fixed, on one instrument of the problem, and with an id of its own.
        """
        reason, lane, last, first = self._find(task)
        if lane is None:
            return Answer(accepted=False, reason=reason, displaces=(), restores=())
        ids = self._problem.tasks
        displaced, restored = lane.difference(last, first)
        return Answer(
            accepted=reason is None,
            reason=reason,
            displaces=tuple([ids[k].id for k in displaced]),
            restores=tuple([ids[k].id for k in restored]),
        )

    def _find(self, task: Task) -> tuple[Reason | None, _LaneTables | None, int, int]:
        """Why not, and the tables and the neighbours in the best schedule that holds the task."""
        ((name, (window,)),) = task.windows.items()
        start, end = window.start, window.end
        if end - start != task.duration or task.after is not None:
            raise ValueError("only a fixed task without dependencies can be asked about")
        spans = self._free[name]
        i = bisect_right(spans, start, key=_low) - 1
        if i < 0 or end > spans[i][1]:
            one = self._problem.instruments[name]
            outside = start < one.start or end > one.end
            return "outside-night" if outside else "in-maintenance", None, -1, -1
        lane = self._lanes[name]
        before, last = lane.forward.ending_before(start, task.task_class)
        after, first = lane.backward.ending_before(-end, task.task_class)
        accepted = before + self._worth(task) * self._unit + 1 + after > lane.best
        return None if accepted else "conflict", lane, last, first


def _low(span: tuple[int, int]) -> int:
    """Return a span's start."""
    return span[0]


class _LaneTables:
    """Forward and backward chains of one instrument."""

    def __init__(
        self, lane: Lane, worths: list[int], setup: tuple[tuple[int, ...], ...] | None
    ) -> None:
        self.tasks = lane.tasks
        self.forward: Chains = best_chains(lane.starts, lane.ends, worths, lane.classes, setup)
        mirrored = tuple(zip(*setup, strict=True)) if setup else None
        self.backward: Chains = best_chains(
            [-end for end in lane.ends],
            [-start for start in lane.starts],
            worths,
            lane.classes,
            mirrored,
        )
        self.best, last = self.forward.overall()
        self.chosen = self.forward.chain(last)[::-1]
        self.place = {k: i for i, k in enumerate(self.chosen)}

    def difference(self, last: int, first: int) -> tuple[list[int], list[int]]:
        """Positions of the tasks that leave and of those that come.

        Parameters
        ----------
        last, first
            The tasks just before and just after a new one, −1 for none. From there the best
            chains are followed until they meet the current schedule.
        """
        come = []
        while last >= 0 and last not in self.place:
            come.append(self.tasks[last])
            last = self.forward.before[last]
        come.reverse()
        while first >= 0 and first not in self.place:
            come.append(self.tasks[first])
            first = self.backward.before[first]
        low = self.place[last] + 1 if last >= 0 else 0
        high = self.place[first] if first >= 0 else len(self.chosen)
        return [self.tasks[k] for k in self.chosen[low:high]], come


def _units(problem: Problem) -> list[tuple[int, int, int]]:
    """Level, its unit, and the unit for one more task on a level just above; lowest first.

    One more task of coefficient up to `LIMIT`, on this level or on an unknown one above it,
    reaches neither the next known level nor, from below, this one.
    """
    found = []
    unit = LIMIT**2
    rows = layers(OBJECTIVES[problem.objective], problem.tasks)
    for level, row in sorted(rows.items()):
        above = unit * (sum(row.values()) + LIMIT**2 + 1)
        found.append((level, unit, above))
        unit = above * LIMIT**2
    return found
