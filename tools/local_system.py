"""Runs all of nightplan for as long as a tool or a test needs it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The checkout."""

_GRACE = 20.0
_ADDRESS = re.compile(r"\s+API\s+(http\S+)")


@contextmanager
def running_system(directory: Path) -> Iterator[str]:
    """Run all of nightplan on a free port.

    Parameters
    ----------
    directory
        Its data directory.

    Yields
    ------
    str
        The API's base URL.

    Raises
    ------
    SystemExit
        It does not become ready.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", "up", "--port", "0", "--data", str(directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _wait_until_ready(process)
    finally:
        process.terminate()
        process.communicate(timeout=_GRACE)


def _wait_until_ready(process: subprocess.Popen[str]) -> str:
    url, said = None, []
    for line in process.stdout or ():
        said.append(line)
        if found := _ADDRESS.match(line):
            url = found[1]
        if "nightplan is ready" in line and url is not None:
            return url
    raise SystemExit("nightplan up has ended before it was ready:\n" + "".join(said))
