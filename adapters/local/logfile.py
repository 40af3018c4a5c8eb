"""The parts' log files: a new one for each run, bounded, and the end of one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST = 8 * 1024 * 1024
"""Bytes a log file may have; then it becomes the old one and starts again."""

_END = 16 * 1024


def rotate(log: Path) -> None:
    """Put the log of the run before aside.

    Parameters
    ----------
    log
        The log file; what was in it is then in `<log>.1`.
    """
    if log.exists() and log.stat().st_size:
        log.replace(_old(log))


def trim(log: Path) -> None:
    """Put a log aside that has grown too large, while its part goes on writing.

    Parameters
    ----------
    log
        The log file, opened for appending by its writer.
    """
    if log.exists() and log.stat().st_size > LARGEST:
        shutil.copyfile(log, _old(log))
        os.truncate(log, 0)


def tail(log: Path, lines: int = 15) -> list[str]:
    """Return the last lines of a log.

    Parameters
    ----------
    log
        The log file; none is the same as an empty one.
    lines
        How many at most.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _END))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-lines:]


def _old(log: Path) -> Path:
    return log.with_name(log.name + ".1")
