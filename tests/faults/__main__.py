"""``python -m tests.faults``: runs campaigns and judges what they saw."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.faults.campaign import Budget, Options, run_campaign
from tests.faults.checker import judge
from tests.faults.history import read_history
from tests.faults.nights import present
from tests.faults.report import Result, write_report
from tests.faults.system import Broker


def main() -> int:
    """Run what the arguments ask for.

    Returns
    -------
    int
        1 on any violation.
    """
    given = _arguments()
    _be_quiet()
    out = given.out or Path(tempfile.mkdtemp(prefix="nightplan-faults-"))
    both: tuple[Broker, ...] = ("embedded", "kafka")
    results = [_run(given, broker, out) for broker in both if given.broker in {broker, "both"}]
    if given.report is not None:
        write_report(given.report, results, _command(given))
    bad = [result for result in results if not result.good]
    for result in bad:
        _say(f"violated on {result.options.broker}; history and logs are in {result.directory}")
    return 1 if bad else 0


def _run(given: argparse.Namespace, broker: Broker, out: Path) -> Result:
    """One campaign and its verdict."""
    directory = (out / broker).absolute()
    directory.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(directory / "system", ignore_errors=True)
    options = Options(
        seed=given.seed,
        broker=broker,
        budget=Budget(commands=given.commands, faults=given.faults, minutes=given.minutes),
        clients=given.clients,
        rate=given.rate,
        every=given.every,
        mutation=given.mutation,
    )
    _say(f"campaign on {broker}, seed {given.seed}, in {directory}")
    began = time.monotonic()
    path, recorder = asyncio.run(run_campaign(options, directory, _say))
    entries = tuple(read_history(path))
    result = Result(
        options=options,
        directory=directory,
        seconds=time.monotonic() - began,
        entries=entries,
        verdict=judge(entries),
        reads=recorder.reads,
        surprises=recorder.surprises,
    )
    _say(f"judged\n{result}\n")
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="The whole system under seeded faults, and a verdict of what it did meanwhile.",
    )
    add = parser.add_argument
    add("--seed", type=int, default=1, help="of all that is drawn by lot")
    add("--broker", choices=["embedded", "kafka", "both"], default="both")
    add("--commands", type=int, default=400, help="at least so many before the faults end")
    add("--faults", type=int, default=50, help="at least so many before the faults end")
    add("--minutes", type=float, default=2.5, help="the faults end after so long in any case")
    add("--clients", type=int, default=8)
    add("--rate", type=float, default=6.0, help="commands a second of all clients together")
    add("--every", type=float, default=2.5, help="mean time between two faults, in seconds")
    add("--mutation", default="", help="a planted bug, see tests/faults/mutations.py")
    add("--out", type=Path, help="where history, logs and data are kept")
    add("--report", type=Path, help="a page to write the result to")
    return parser.parse_args()


def _be_quiet() -> None:
    """The clients of the driver's own need not say that the broker is gone."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def _command(given: argparse.Namespace) -> str:
    named = ("seed", "broker", "commands", "faults", "minutes", "rate", "every")
    return "python -m tests.faults " + " ".join(f"--{n} {getattr(given, n)}" for n in named)


def _say(line: str) -> None:
    sys.stdout.write(f"{present():%H:%M:%S} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
