"""Report: what was measured, as a document and as lines."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from bench.submit.measure import WITHIN, Measured

TARGETS_MS = {"p50": 30.0, "p99": 100.0}
"""Of a POST; design.md."""

_MEANING = {
    "queue": "from the API through the broker to the scheduler's lock on the night",
    "count": "of that: the attempt is counted",
    "load": "lock the night and read it",
    "decide": "judge, solve, fill the gaps",
    "solve": "of that: the solver",
    "rest": "store, commit, publish the outcome, HTTP",
}


def summarise(values: Sequence[float]) -> dict[str, float]:
    """p50, p90, p99 (nearest rank) and the worst, in milliseconds."""
    ordered = sorted(values)

    def rank(part: float) -> float:
        return round(ordered[max(0, math.ceil(part * len(ordered)) - 1)], 2)

    return {"p50": rank(0.5), "p90": rank(0.9), "p99": rank(0.99), "worst": round(ordered[-1], 2)}


def as_document(found: Measured, took: float) -> dict[str, Any]:
    """Everything measured, for a file or a program."""
    return {
        "night": found.night.isoformat(),
        "events_in_the_night": found.resident,
        "requests": len(found.posts),
        "seconds": round(took, 1),
        "cpus": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "post_ms": summarise(found.posts),
        "stages_ms": {name: summarise(values) for name, values in found.stages.items()},
        "delete_ms": summarise(found.deletes),
        "schedule_200_ms": summarise(found.downloads),
        "schedule_304_ms": summarise(found.unchanged),
    }


def as_lines(document: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    head = f"{'milliseconds':<22}{'p50':>9}{'p90':>9}{'p99':>9}{'worst':>9}"
    lines = [
        f"{document['requests']} requests one by one, {document['events_in_the_night']} events in "
        f"the night of {document['night']}, {document['cpus']} CPUs, load "
        f"{document['load_average']}, {document['seconds']} s",
        head,
        _line("POST to 200", document["post_ms"]),
    ]
    stages = document["stages_ms"]
    for name in [*(n for n in _MEANING if n in stages), *(n for n in stages if n not in _MEANING)]:
        indent = "    " if name in WITHIN else "  "
        lines.append(f"{_line(indent + name, stages[name])}   {_MEANING.get(name, '')}".rstrip())
    lines += [
        _line("DELETE to 200", document["delete_ms"]),
        _line("schedule, 200", document["schedule_200_ms"]),
        _line("schedule, 304", document["schedule_304_ms"]),
    ]
    verdict = ", ".join(
        f"{name} {'within' if document['post_ms'][name] <= limit else 'above'} {limit:g}"
        for name, limit in TARGETS_MS.items()
    )
    return [*lines, f"target: {verdict}"]


def _line(name: str, summary: Mapping[str, float]) -> str:
    return f"{name:<22}" + "".join(f"{summary[part]:>9.2f}" for part in summary)
