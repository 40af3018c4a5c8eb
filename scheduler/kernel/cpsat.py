"""A part of a night as a CP-SAT model: variables, then one family of constraints after another."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from scheduler.kernel.families import FAMILIES
from scheduler.kernel.night import Job, Night, Place, Range

Literal = cp_model.IntVar
Start = cp_model.IntVar | int


class Model:
    """Variables of a part, and the constraints on them.

    Parameters
    ----------
    night
        The part.

    Attributes
    ----------
    cp
        The CP-SAT model.
    present
        Job to the literal that says it is placed.
    on
        Job and lane to the literal that says it is placed there.
    starts
        Job to its start, a constant where there is only one.
    """

    def __init__(self, night: Night) -> None:
        self.night = night
        self.cp = cp_model.CpModel()
        self.present: dict[int, Literal] = {}
        self.on: dict[tuple[int, int], Literal] = {}
        self.starts: dict[int, Start] = {}
        for k, job in night.jobs.items():
            self._variables(k, job)
        for family in FAMILIES:
            family.post(self)
        for rule in night.rules:
            rule.post(self)

    def _variables(self, k: int, job: Job) -> None:
        """Make the variables of one job."""
        forced = job.pinned is not None
        present = self.cp.new_constant(1) if forced else self.cp.new_bool_var("")
        self.present[k] = present
        ranges = [r for lane in job.ranges.values() for r in lane]
        if all(low == high == ranges[0][0] for low, high in ranges):
            self.starts[k] = ranges[0][0]
        else:
            self.starts[k] = self.cp.new_int_var_from_domain(domain_of(ranges), "")
        if len(job.ranges) == 1:
            self.on[k, next(iter(job.ranges))] = present
            return
        for lane, lane_ranges in job.ranges.items():
            here = self.cp.new_bool_var("")
            self.on[k, lane] = here
            if not isinstance(self.starts[k], int):
                inside = self.cp.add_linear_expression_in_domain(
                    self.starts[k], domain_of(lane_ranges)
                )
                inside.only_enforce_if(here)
        self.cp.add(sum(self.on[k, lane] for lane in job.ranges) == present)

    def presence(self, task_id: str) -> Literal:
        """Return the literal that says a task is placed; false for one that has no place."""
        k = self.night.position[task_id]
        return self.present[k] if k in self.present else self.cp.new_constant(0)

    def start(self, task_id: str) -> Start:
        """Return a task's start; 0 for one that has no place."""
        return self.starts.get(self.night.position[task_id], 0)

    def duration(self, task_id: str) -> int:
        """Return a task's duration."""
        return self.night.tasks[self.night.position[task_id]].duration

    def on_lane(self, lane: int) -> list[tuple[int, Job, Literal]]:
        """Return jobs that may be placed on a lane, each with the literal that says it is."""
        return [
            (k, job, self.on[k, lane]) for k, job in self.night.jobs.items() if lane in job.ranges
        ]

    def lanes(self) -> list[int]:
        """Return the lanes that the jobs use."""
        return sorted({lane for job in self.night.jobs.values() for lane in job.ranges})

    def hint(self, places: dict[int, Place]) -> None:
        """Tell CP-SAT a schedule to begin with."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # OR-Tools left it without types
        for k, job in self.night.jobs.items():
            place = places.get(k)
            if job.pinned is None:
                self.cp.add_hint(self.present[k], place is not None)
            start = self.starts[k]
            if place is not None and not isinstance(start, int):
                self.cp.add_hint(start, place[1])
            if len(job.ranges) > 1:
                for lane in job.ranges:
                    self.cp.add_hint(self.on[k, lane], place is not None and place[0] == lane)

    def read(self, solver: cp_model.CpSolver) -> dict[int, Place]:
        """Return the places of a solver's solution."""
        found = {}
        for (k, lane), here in self.on.items():
            if solver.boolean_value(here):
                found[k] = (lane, solver.value(self.starts[k]))
        return found


def domain_of(ranges: Sequence[Range]) -> cp_model.Domain:
    """Return a domain of the given ranges."""
    return cp_model.Domain.from_intervals([list(r) for r in ranges])
