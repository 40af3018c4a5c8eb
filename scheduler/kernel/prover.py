"""Runs CP-SAT on a part: finds better schedules, proves bounds, breaks ties.

The objective is taken layer by layer: once a layer is proven, its total is held and the next is
maximised; layers whose packed sum is small enough go in one. After the objective come, in the
same way, preferred windows, tasks kept from the previous schedule, and their places.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from time import perf_counter

from ortools.sat.python import cp_model

from scheduler.kernel.cpsat import Model, domain_of
from scheduler.kernel.night import Night, Place, rank_of
from scheduler.kernel.part import Found
from scheduler.kernel.reach import SAFE

EFFORT = 0.5
"""Deterministic time that CP-SAT may use for each second it is given."""


class Prover:
    """CP-SAT on one part.

    Parameters
    ----------
    night
        The part; `within_reach`.
    places
        A valid schedule.
    bound
        Known bound per layer.
    deadline
        On `time.perf_counter`'s clock.
    effort
        Seconds, from which the deterministic limit follows.
    """

    def __init__(
        self,
        night: Night,
        places: dict[int, Place],
        bound: list[int],
        deadline: float,
        effort: float,
    ) -> None:
        self.night, self.places, self.bound = night, places, bound
        self.deadline = deadline
        self.effort = effort * EFFORT
        self.model = Model(night)

    def run(self, spent: float = 0.0) -> Found:
        """Prove the objective as far as the time goes; if it is proven, break ties.

        Parameters
        ----------
        spent
            Effort already spent on the part.
        """
        given = self.effort
        everything = {k: job.worth for k, job in self.night.jobs.items()}
        if sum(everything.values()) < SAFE:
            bound = self._maximise(everything)
            if bound is not None:
                self.bound = min(self.bound, self.night.unpacked(bound))
        else:
            self._by_layers()
        if self.night.total(self.places) == self.night.packed(self.bound):
            self._break_ties()
        return Found(self.places, self.bound, spent + (given - self.effort) / EFFORT)

    def _by_layers(self) -> None:
        """Maximise one layer after another, as long as each is proven."""
        rows = [
            {k: c for k, c in layer.items() if k in self.night.jobs} for layer in self.night.layers
        ]
        for depth, terms in enumerate(rows):
            bound = self._maximise(terms)
            if bound is None:
                return
            below = [sum(row.values()) for row in rows[depth + 1 :]]
            bound -= bound % self.night.units[depth][1]
            self.bound = min(self.bound, [*self.bound[:depth], bound, *below])
            if bound > self._total(terms):
                return

    def _total(self, terms: dict[int, int]) -> int:
        """Return what the best schedule known is worth in some terms."""
        return sum([c for k, c in terms.items() if k in self.places])

    def _maximise(self, terms: dict[int, int]) -> int | None:
        """Maximise a sum over placed jobs and hold it; its bound, if there is any."""
        if not terms:
            return 0
        present = [self.model.present[k] for k in terms]
        goal = cp_model.LinearExpr.weighted_sum(present, list(terms.values()))
        bound = self._solve(goal)
        self.model.cp.add(goal >= self._total(terms))
        return None if bound is None else max(bound, self._total(terms))

    def _solve(self, goal: cp_model.LinearExprT) -> int | None:
        """Maximise a goal from the best schedule known; its bound, if there is any."""
        left = self.deadline - perf_counter()
        if left < 0.01 or self.effort <= 0:
            return None
        self.model.cp.maximize(goal)
        self.model.hint(self.places)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = left
        solver.parameters.max_deterministic_time = self.effort
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.night.problem.seed % 2**31
        solver.parameters.linearization_level = 2
        status = solver.solve(self.model.cp)
        self.effort -= solver.response_proto.deterministic_time
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        found = self.model.read(solver)
        if self.night.total(found) >= self.night.total(self.places):
            self.places = found
        return floor(solver.best_objective_bound + 1e-6)

    def _break_ties(self) -> None:
        """Among equal schedules take preferred windows, then the previous tasks and places."""
        for goal, best in (self._preference(), self._kept(), self._same_places()):
            if goal is not None and self._solve(goal) is not None:
                self.model.cp.add(goal >= best())

    def _preference(self) -> tuple[cp_model.LinearExprT | None, Callable[[], int]]:
        """Return the negative sum of ranks, and what it is now."""
        ranked = {
            k: job for k, job in self.night.jobs.items() if len({t[0] for t in job.tiers}) > 1
        }

        def cost() -> int:
            return -sum(rank_of(job, self.places.get(k)) for k, job in ranked.items())

        if not ranked or not cost():
            return None, cost
        terms = []
        for k, job in ranked.items():
            chosen = []
            for rank, lane, ranges in job.tiers:
                here = self.model.cp.new_bool_var("")
                self.model.cp.add_implication(here, self.model.on[k, lane])
                inside = self.model.cp.add_linear_expression_in_domain(
                    self.model.starts[k], domain_of(ranges)
                )
                inside.only_enforce_if(here)
                chosen.append(here)
                terms.append(-rank * here)
            self.model.cp.add(sum(chosen) == self.model.present[k])
        return sum(terms), cost

    def _kept(self) -> tuple[cp_model.LinearExprT | None, Callable[[], int]]:
        """Return the number of previously placed tasks, and what it is now."""
        kept = [k for k in self.night.previous if k in self.night.jobs]

        def count() -> int:
            return sum(k in self.places for k in kept)

        if count() == len(kept):
            return None, count
        return cp_model.LinearExpr.sum([self.model.present[k] for k in kept]), count

    def _same_places(self) -> tuple[cp_model.LinearExprT | None, Callable[[], int]]:
        """Return the number of tasks at their previous places, and what it is now."""
        kept = {
            k: place for k, place in self.night.previous.items() if (k, place[0]) in self.model.on
        }

        def count() -> int:
            return sum(self.places.get(k) == place for k, place in kept.items())

        if count() == len(kept):
            return None, count
        terms = []
        for k, (lane, start) in kept.items():
            same = self.model.cp.new_bool_var("")
            self.model.cp.add_implication(same, self.model.on[k, lane])
            self.model.cp.add(self.model.starts[k] == start).only_enforce_if(same)
            terms.append(same)
        return cp_model.LinearExpr.sum(terms), count
