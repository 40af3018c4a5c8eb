"""Measures the kernel: ``python -m bench.kernel [--quick] [--date YYYY-MM-DD]``.

Writes ``bench/results/kernel-DATE.md`` and ``.json``; with ``--quick`` it only prints, in less
than a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from bench.kernel import plan, report
from bench.kernel.fillers import filler_gain
from bench.kernel.measure import Row, warm_up
from bench.kernel.orienteering import instances

RESULTS = Path(__file__).parent.parent / "results"
NOTES = RESULTS / "kernel-notes.md"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.kernel", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less than a minute, print only")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="of the results")
    options = parser.parse_args()
    began = perf_counter()
    warm_up()
    peers = _collect("the targets' nights", plan.targets(options.quick))
    known = [] if options.quick else instances(10.0)
    gain = filler_gain(10 if options.quick else 100)
    limits = _collect("every generator with a limit of 2 s", plan.limits(options.quick))
    minutes = (perf_counter() - began) / 60
    text = "\n".join(
        [
            f"# The kernel's benchmarks, {options.date}\n",
            f"{_machine()}; {minutes:.1f} minutes in all. `python -m bench.kernel`.",
            "Value/bound is the share of the kernel's proven bound; times are wall clock, model",
            "building included. astroplan plans on a grid of 20 s and may be off by one step.\n",
            "## Against the targets\n",
            report.against_targets(peers, known),
            "## The same nights, solved by others\n",
            report.table(peers),
            "## Orienteering with time windows, 10 s\n",
            report.orienteering_table(known),
            "## Joint filler\n",
            report.filler_text(gain),
            "## Every generator at every size, limit 2 s\n",
            report.table(limits),
            NOTES.read_text(encoding="utf-8") if NOTES.exists() else "",
        ]
    )
    print(text)
    if options.quick:
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"kernel-{options.date}.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    document = {
        "machine": _machine(),
        "targets": [row.as_json() for row in peers],
        "limits": [row.as_json() for row in limits],
        "orienteering": [asdict(one) for one in known],
        "filler": asdict(gain),
    }
    path = RESULTS / f"kernel-{options.date}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _collect(title: str, rows: Iterator[Row]) -> list[Row]:
    """Gather rows, printing each as it comes."""
    print(f"# {title}", flush=True)
    found = []
    for row in rows:
        print(report.table([row]).splitlines()[-1], flush=True)
        found.append(row)
    return found


def _machine() -> str:
    """Say what it ran on, by class."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"OR-Tools {version('ortools')}, load {os.getloadavg()[2]:.1f}"
    )


if __name__ == "__main__":
    main()
