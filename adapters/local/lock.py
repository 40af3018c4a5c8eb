"""One supervisor for one data directory."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.local.errors import AlreadyRunning, DirectoryUnusable

_PATIENCE = 0.5
_POLL = 0.02


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a data directory's lock; the system lets go of it when this process dies.

    Parameters
    ----------
    lock
        The file to lock; the holder's process id is written into it.

    Raises
    ------
    AlreadyRunning
        Another process holds it.
    DirectoryUnusable
        The file system has no locks, or the file may not be written.
    """
    try:
        file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DirectoryUnusable(lock, f"cannot be opened ({error.strerror})") from error
    try:
        _take(file, lock)
        os.ftruncate(file, 0)
        os.pwrite(file, b"%d\n" % os.getpid(), 0)
        yield
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def _take(file: int, lock: Path) -> None:
    # A child between fork and exec still has the file of a supervisor just killed.
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise AlreadyRunning(lock.parent.parent, _holder(file)) from error
            time.sleep(_POLL)
        except OSError as error:
            raise DirectoryUnusable(lock, f"cannot be locked ({error.strerror})") from error
        else:
            return


def _holder(file: int) -> int | None:
    written = os.pread(file, 32, 0).strip()
    return int(written) if written.isdigit() else None
