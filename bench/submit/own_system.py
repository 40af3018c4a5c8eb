"""A system of the benchmark's own, with nothing in it."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.local.ports import free_ports

KEY = "demo-operator"
"""The key of its operator."""

_STOPPING = 15.0


class NotStarted(RuntimeError):
    """The system did not become ready; its last words are the message."""


@contextmanager
def own_system() -> Iterator[str]:
    """Run a system in a temporary directory on a free port; its base URL.

    Raises
    ------
    NotStarted
        It ended before it was ready.
    """
    port = free_ports(1)[0]
    with tempfile.TemporaryDirectory(prefix="nightplan-bench-") as directory:
        argv = [sys.executable, "-m", "cli", "up", "--port", str(port), "--data", directory]
        root = Path(__file__).resolve().parents[2]
        with subprocess.Popen(  # noqa: S603 - our own program
            argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                _wait(process)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.send_signal(signal.SIGINT)
                try:
                    process.communicate(timeout=_STOPPING)
                except subprocess.TimeoutExpired:
                    process.kill()


def _wait(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.strip() == "nightplan is ready":
            return
    raise NotStarted("".join(lines[-5:]) or "no output")
