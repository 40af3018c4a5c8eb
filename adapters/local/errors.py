"""What can go wrong on the one machine, each with its facts and a way out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.errors import NightplanError


class LocalError(NightplanError):
    """Any reason why the system does not run on this machine; its text is for a person."""


class DirectoryUnusable(LocalError):
    """The data directory cannot be used.

    Parameters
    ----------
    path
        The directory, or what is in the way.
    detail
        What is wrong with it and what to do.
    """

    def __init__(self, path: Path, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"{path}: {detail}")


class AlreadyRunning(LocalError):
    """Another supervisor runs on the same data directory.

    Parameters
    ----------
    path
        The data directory.
    pid
        Process id of the other supervisor; None when it has not written it yet.
    """

    def __init__(self, path: Path, pid: int | None) -> None:
        self.path = path
        self.pid = pid
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"nightplan already runs on {path} ({who}). Stop it with Ctrl-C"
            + ("" if pid is None else f" or `kill {pid}`")
            + ", or choose another directory with --data."
        )


class PortInUse(LocalError):
    """Something else listens on a port that is needed.

    Parameters
    ----------
    host
        The address.
    port
        The port.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"port {port} on {host} is already in use. Stop what listens there, "
            "or choose another port with --port."
        )


class HostRefused(LocalError):
    """The address to listen on is not one that a machine on its own may open.

    Parameters
    ----------
    host
        What was asked for.
    detail
        Why it is refused and what to do.
    """

    def __init__(self, host: str, detail: str) -> None:
        self.host = host
        self.detail = detail
        super().__init__(f"cannot listen on {host}: {detail}")


class ProgramMissing(LocalError):
    """A program that a part is made of cannot be found or run.

    Parameters
    ----------
    program
        Which one.
    detail
        What was tried and what to do.
    """

    def __init__(self, program: str, detail: str) -> None:
        self.program = program
        self.detail = detail
        super().__init__(f"{program}: {detail}")


class PartFailed(LocalError):
    """A part did not start, however often it was tried.

    Parameters
    ----------
    part
        Its name.
    log
        The file with all it said.
    lines
        The last of it.
    """

    def __init__(self, part: str, log: Path, lines: Sequence[str]) -> None:
        self.part = part
        self.log = log
        self.lines = tuple(lines)
        said = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
        super().__init__(f"the {part} does not start. The end of {log}:\n{said}")
