"""Solves one night: ``python -m scheduler.kernel FILE``, or ``-`` for standard input.

Writes the solution as JSON to standard output and exits with 0. A malformed or contradictory
problem gives exit code 2 and one JSON object with ``errors`` on standard error.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TextIO

from scheduler.kernel.document import Reader, written
from scheduler.kernel.faults import Fault, ProblemError, fault
from scheduler.kernel.solve import solve
from scheduler.kernel.strict_json import read

USAGE = "usage: nightplan solve FILE|-"


def main(arguments: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run the command; returns the exit code.

    Parameters
    ----------
    arguments
        One: the file, or ``-``.
    stdin, stdout, stderr
        The streams.
    """
    began = perf_counter()
    if len(arguments) != 1 or arguments[0] in {"-h", "--help"}:
        stderr.write(USAGE + "\n")
        return 0 if arguments and arguments[0] in {"-h", "--help"} else 2
    try:
        problem = Reader(read(_text(arguments[0], stdin))).problem()
        left = max(problem.time_limit - (perf_counter() - began), problem.time_limit * 0.05)
        solution = solve(replace(problem, time_limit=left))
    except ProblemError as error:
        document = {"errors": [_error(found) for found in error.faults]}
        stderr.write(json.dumps(document) + "\n")
        return 2
    stdout.write(json.dumps(written(solution, problem)) + "\n")
    return 0


def _text(name: str, stdin: TextIO) -> str:
    """Read the document's text."""
    try:
        return stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        detail = f"not UTF-8: {error.reason} at byte {error.start}"
        raise ProblemError([fault("malformed", detail)]) from error
    except OSError as error:
        detail = f"can't read {name}: {error.strerror}"
        raise ProblemError([fault("malformed", detail)]) from error


def _error(found: Fault) -> dict[str, object]:
    """Return a fault as a JSON:API error."""
    return {
        "code": found.code,
        "title": found.title,
        "detail": found.detail,
        "source": {"pointer": found.pointer},
    }


if __name__ == "__main__":
    incoming = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    sys.exit(main(sys.argv[1:], incoming, sys.stdout, sys.stderr))
