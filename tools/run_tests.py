"""``python -m tools.run_tests [pytest's arguments]``: every test, two processes side by side.

What computes (units, contracts) and what mostly waits (whole systems) share a machine's
cores well. With arguments there is one process, with these arguments. Coverage is
counted in both and reported in the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
COMPUTING = ("architecture", "contract", "unit")
"""Folders of tests that compute; all others wait for whole systems."""
BREAKING = "faults"
"""The folder of tests that break whole systems."""


def main(arguments: Sequence[str]) -> int:
    """Run the tests; the first exit code that is not 0, or 0."""
    _coverage("erase")
    groups = [list(arguments)] if arguments else _groups()
    began = monotonic()
    with TemporaryDirectory() as folder:
        logs = [Path(folder) / str(number) for number, _ in enumerate(groups)]
        # One alone may as well be watched.
        outputs = [None if len(groups) == 1 else log for log in logs]
        running = [
            _start(group, output) for group, output in zip(groups[:2], outputs[:2], strict=True)
        ]
        codes = [running[0].wait()]
        # What breaks whole systems has a process of its own, when the first has ended.
        running += [
            _start(group, output) for group, output in zip(groups[2:], outputs[2:], strict=True)
        ]
        codes += [process.wait() for process in running[1:]]
        for log in logs:
            if log.exists():
                sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
    _coverage("combine", "--quiet")
    report = _coverage("report", "--skip-covered", "--skip-empty")
    sys.stdout.write("\n".join(report.splitlines()[-15:]) + "\n")
    sys.stdout.write(f"in all: {monotonic() - began:.0f} s, exit codes {codes}\n")
    return next((code for code in codes if code), 0)


def _groups() -> list[list[str]]:
    folders = sorted(
        child.name for child in TESTS.iterdir() if child.is_dir() and any(child.rglob("test_*.py"))
    )
    assert set(COMPUTING) <= set(folders), folders  # noqa: S101 - or tests would be left out
    waiting = [name for name in folders if name not in (*COMPUTING, BREAKING)]
    return [[f"tests/{name}" for name in some] for some in (COMPUTING, waiting, (BREAKING,))]


def _start(group: Sequence[str], log: Path | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "coverage", "run", "--parallel-mode", "-m", "pytest", *group]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    if log is None:
        return subprocess.Popen(command, cwd=ROOT, env=environ)  # noqa: S603 - our own
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own
            command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
        )


def _coverage(*arguments: str) -> str:
    command = [sys.executable, "-m", "coverage", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
