"""What holds on every night, in CP-SAT's terms: one class per family of constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.gaps import free_spans

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

    from scheduler.kernel.cpsat import Model

ROWS = 14
"""Moments between which capacity rows are written: at most half their square of rows."""


class Family:
    """A family of constraints."""

    def post(self, model: Model) -> None:
        """Add the constraints to a model."""
        raise NotImplementedError


class NoOverlap(Family):
    """Tasks on one lane do not overlap; lanes of fixed tasks only are left to the cliques."""

    def post(self, model: Model) -> None:
        """One constraint over the optional intervals of each lane."""
        for lane in model.lanes():
            jobs = model.on_lane(lane)
            if all(isinstance(model.starts[k], int) for k, _, _ in jobs):
                continue
            model.cp.add_no_overlap(
                [
                    model.cp.new_optional_fixed_size_interval_var(
                        model.starts[k], job.duration, here, ""
                    )
                    for k, job, here in jobs
                ]
            )


class Cliques(Family):
    """Of the fixed tasks that run at one moment on one lane, at most one is placed."""

    def post(self, model: Model) -> None:
        """One constraint for each maximal set of them."""
        for lane in model.lanes():
            events = []
            for k, job, here in model.on_lane(lane):
                start = model.starts[k]
                if isinstance(start, int):
                    events.append((start, 1, k, here))
                    events.append((start + job.duration, 0, k, here))
            events.sort(key=lambda event: event[:3])
            running = {}
            grown = False
            for _, begins, k, here in events:
                if begins:
                    running[k] = here
                    grown = True
                    continue
                if grown and len(running) > 1:
                    model.cp.add_at_most_one(running.values())
                grown = False
                del running[k]


class SetupOrder(Family):
    """Neighbours on a lane with setup times keep their distance: a circuit through the tasks."""

    def post(self, model: Model) -> None:
        """One circuit per lane: an arc for each pair that can be neighbours."""
        for lane in model.lanes():
            setup = model.night.setups[lane]
            if setup is None:
                continue
            jobs = model.on_lane(lane)
            empty = model.cp.new_bool_var("")
            arcs: list[tuple[int, int, cp_model.LiteralT]] = [(0, 0, empty)]
            for i, (_, _, here) in enumerate(jobs, 1):
                model.cp.add_implication(here, ~empty)
                arcs.append((i, i, ~here))
                arcs.append((0, i, model.cp.new_bool_var("")))
                arcs.append((i, 0, model.cp.new_bool_var("")))
            for i, (k, job, _) in enumerate(jobs, 1):
                for j, (other, after, _) in enumerate(jobs, 1):
                    distance = job.duration + setup[job.setup_class][after.setup_class]
                    if i == j or job.ranges[lane][0][0] + distance > after.ranges[lane][-1][1]:
                        continue
                    arc = model.cp.new_bool_var("")
                    arcs.append((i, j, arc))
                    apart = model.cp.add(model.starts[other] >= model.starts[k] + distance)
                    apart.only_enforce_if(arc)
            model.cp.add_circuit(arcs)


class Capacity(Family):
    """Tasks whose windows lie within a span take no more than its free time (redundant)."""

    def post(self, model: Model) -> None:
        """Rows between some moments at which many windows begin and end."""
        night = model.night
        movable = [(k, job) for k, job in night.jobs.items() if not job.fixed_start]
        if len(movable) < 8:
            return
        lanes = model.lanes()
        free = [span for lane in lanes for span in self._free(model, lane)]
        hulls = {k: job.hull() for k, job in night.jobs.items() if job.pinned is None}
        lows = _spread(sorted({low for low, _ in hulls.values()}))
        highs = _spread(sorted({high for _, high in hulls.values()}))
        for low in lows:
            inside = [k for k in hulls if hulls[k][0] >= low]
            for high in highs:
                within = [k for k in inside if hulls[k][1] <= high]
                room = sum(max(0, min(b, high) - max(a, low)) for a, b in free)
                if sum(night.jobs[k].duration for k in within) > room:
                    row = sum(night.jobs[k].duration * model.present[k] for k in within)
                    model.cp.add(row <= room)

    def _free(self, model: Model, lane: int) -> list[tuple[int, int]]:
        """Free spans of a lane."""
        night = model.night
        return free_spans(night.problem.instruments[night.names[lane]])


def _spread(moments: list[int]) -> list[int]:
    """Pick moments evenly, the first and the last among them."""
    if len(moments) <= ROWS:
        return moments
    step = (len(moments) - 1) / (ROWS - 1)
    return [moments[round(i * step)] for i in range(ROWS)]


FAMILIES: list[Family] = [NoOverlap(), Cliques(), SetupOrder(), Capacity()]
"""All of them; rules are posted after."""
