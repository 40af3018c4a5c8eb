"""The reference night of the predecessor: 50 random events of 1-500 s in 4 h, 100 times."""

from __future__ import annotations

import sys
from random import Random
from statistics import fmean

from scheduler.kernel import FillerSpec, Instrument, Problem, Task, Window, solve
from tests.kernel_support.checker import faults_of
from tests.kernel_support.oracle import best_fixed

NIGHT = 14_400
SCAN = 123


def reference_night(seed: int) -> Problem:
    """One of the nights."""
    rng = Random(seed)
    tasks = []
    for k in range(50):
        duration = rng.randint(1, 500)
        start = rng.randint(0, NIGHT - duration)
        windows = {"faim": (Window(start=start, end=start + duration),)}
        tasks.append(Task(id=f"e{k}", duration=duration, windows=windows))
    faim = Instrument(start=0, end=NIGHT, filler=FillerSpec(duration=SCAN))
    return Problem(instruments={"faim": faim}, tasks=tuple(tasks), objective="duration")


def test_a_hundred_reference_nights(capsys):
    solutions = []
    for seed in range(100):
        problem = reference_night(seed)
        solution = solve(problem)
        assert solution.status == "optimal"
        assert solution.objective == best_fixed(problem)
        assert faults_of(problem, solution) == []
        edges = [(0, 0), *((p.start, p.end) for p in solution.scheduled), (NIGHT, NIGHT)]
        edges += [(f.start, f.end) for f in solution.fillers]
        edges.sort()
        gaps = [edges[k + 1][0] - edges[k][1] for k in range(len(edges) - 1)]
        assert max(gaps) < SCAN
        solutions.append(solution)
    idle = fmean(s.idle / NIGHT for s in solutions)
    # The predecessor's one night: 24 kept, 7,323 s requested, 13,227 s in all, 8.14 % idle.
    # Idle is what fixed gaps below 123 s leave: the optimum of "requested" alone decides it.
    assert idle < 0.13
    with capsys.disabled():
        sys.stdout.write(
            f"\n100 reference nights: requested {fmean(s.requested for s in solutions):.0f} s, "
            f"filled {fmean(s.filled for s in solutions):.0f} s, idle {idle:.2%}\n"
        )
