"""One child process: started so that it cannot outlive us, waited for, ended."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from adapters.local.account import Account
from adapters.local.errors import ProgramMissing

_PR_SET_PDEATHSIG = 1
_POLL = 0.05
_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Child:
    """A running process in a session of its own.

    Parameters
    ----------
    process
        The process, just started by this one.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[int] = self._loop.create_future()
        try:
            self.created = psutil.Process(process.pid).create_time()
        except psutil.Error:
            self.created = 0.0
        try:
            self._watched = os.pidfd_open(process.pid)
        except (AttributeError, OSError):
            self._watched = -1
            self._loop.call_later(_POLL, self._look)
        else:
            self._loop.add_reader(self._watched, self._reap)

    @property
    def pid(self) -> int:
        """Process id; also that of its session and process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its end has not been seen yet."""
        return not self._exited.done()

    async def wait(self) -> int:
        """Wait for its end; return the exit status, negative for a signal."""
        return await asyncio.shield(self._exited)

    def send(self, number: int) -> None:
        """Send a signal, if it still runs.

        Parameters
        ----------
        number
            The signal.
        """
        if self.alive:
            self._process.send_signal(number)

    async def end(self, number: int, grace: float) -> int:
        """Ask it to stop, then insist.

        Parameters
        ----------
        number
            The signal that asks.
        grace
            Seconds it has before it is killed.
        """
        self.send(number)
        try:
            return await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.wait()

    def _look(self) -> None:
        # Without pidfd (not Linux) there is no event to wait for.
        waited = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if waited is None:
            self._loop.call_later(_POLL, self._look)
        else:
            self._reap()

    def _reap(self) -> None:
        if self._watched >= 0:
            self._loop.remove_reader(self._watched)
            os.close(self._watched)
            self._watched = -1
        # Before it is reaped its number cannot be anybody else's: end what it left behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        status = self._process.wait()
        if not self._exited.done():
            self._exited.set_result(status)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    account: Account | None = None,
    death_signal: int = signal.SIGKILL,
) -> Child:
    """Start a process whose output goes to a file.

    It leads a session of its own, so that Ctrl-C on the terminal does not reach
    it, and on Linux gets a signal when its parent dies, whatever killed that.

    Parameters
    ----------
    argv
        The program and its arguments.
    env
        Its whole environment.
    cwd
        Its working directory.
    log
        The file that its output is added to.
    account
        Who it runs as; None: as this process.
    death_signal
        What it is sent when this process dies.

    Raises
    ------
    ProgramMissing
        It cannot be run.
    """
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - argv is ours
                list(argv),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
                preexec_fn=_bind_to_parent(death_signal),  # noqa: PLW1509 - no threads of ours
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ProgramMissing(argv[0], f"cannot be run ({error})") from error
    return Child(process)


def _bind_to_parent(death_signal: int) -> Callable[[], None] | None:
    """Return what the new process does first: ask for a signal at its parent's death."""
    if _libc is None:
        return None
    parent = os.getpid()

    def bind() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind
