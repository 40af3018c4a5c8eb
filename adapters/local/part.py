"""What the supervisor has to know of one part of the system."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.local.account import Account

Probe = Callable[[], Awaitable[bool]]
Hook = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the system, and how to see that it works.

    Parameters
    ----------
    name
        What it is called in lines, file names and errors.
    argv
        The program and its arguments.
    env
        Its whole environment.
    cwd
        Its working directory.
    log
        The file that its output goes to.
    account
        Who it runs as; None: as the supervisor.
    after
        Names of the parts that must be ready before its first start.
    uses
        Names of other parts that stop after it, yet need not be ready before it starts.
    once
        Runs once and ends with status 0, which is when it is ready.
    before_start
        What is done before every start.
    ready
        Tells whether it works; asked until it does. None: it works as soon as it runs.
    after_start
        What is done after every start, once it works and before it counts as ready.
    stop_signal
        Asks it to stop.
    death_signal
        What it is sent when the supervisor dies.
    grace
        Seconds it may take to stop before it is killed.
    start_timeout
        Seconds it may take to become ready before it is killed and started again.
    remark
        What is added to the line that says that it is ready.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    account: Account | None = None
    after: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    once: bool = False
    before_start: Hook | None = None
    ready: Probe | None = None
    after_start: Hook | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    grace: float = 2.5
    start_timeout: float = 30.0
    remark: str = ""


PLAIN_ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""Environment of programs that are not ours: nothing of the user's changes what they do."""
