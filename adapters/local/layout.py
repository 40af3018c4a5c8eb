"""What lies where in the data directory of `nightplan up`.

    DIR/
      data/         what must be kept: PostgreSQL's files
      log/          one file for each part, and the one of the run before
      run/          the lock, the record of running parts, the socket's directory

All of mode 0700. A directory that already holds other things keeps its mode;
what is made inside is private all the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adapters.local.account import Account, give
from adapters.local.errors import DirectoryUnusable

DEFAULT = Path(".nightplan")
"""Where everything is kept when no directory is named."""

_INSIDE = ("data", "log", "run")

_SOCKET_DIRECTORY_BYTES = 85
"""Longest directory whose socket `.s.PGSQL.5432` fits an address on Linux and macOS."""

_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")
"""Paths that mean the same in a URL, in a socket list and in a shell."""


@dataclass(frozen=True)
class Layout:
    """The places in one data directory.

    Parameters
    ----------
    root
        The directory itself, absolute.
    """

    root: Path

    @property
    def database(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "data" / "postgres"

    @property
    def run(self) -> Path:
        """What is true only while the system runs."""
        return self.root / "run"

    @property
    def lock(self) -> Path:
        """The file that the one supervisor of this directory holds locked."""
        return self.run / "lock"

    @property
    def record(self) -> Path:
        """The record of running parts."""
        return self.run / "parts.json"

    @property
    def sockets(self) -> Path:
        """Directory of PostgreSQL's socket: inside, or a private one if the path does not fit."""
        inside = self.run / "socket"
        if len(os.fsencode(inside)) <= _SOCKET_DIRECTORY_BYTES and _PLAIN.fullmatch(str(inside)):
            return inside
        mark = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        name = f"nightplan-{os.geteuid()}-{mark}"
        outside = Path(tempfile.gettempdir()) / name
        if len(os.fsencode(outside)) > _SOCKET_DIRECTORY_BYTES or not _PLAIN.fullmatch(
            str(outside)
        ):
            outside = Path("/tmp") / name  # noqa: S108 - made with mode 0700, its owner checked
        return outside

    def log(self, part: str) -> Path:
        """Return the log file of a part.

        Parameters
        ----------
        part
            The part's name.
        """
        return self.root / "log" / f"{part}.log"

    def prepare(self) -> None:
        """Make what is missing, closed to everybody else.

        Raises
        ------
        DirectoryUnusable
            Something is in the way, or may not be written.
        """
        inside = [self.root / name for name in _INSIDE]
        for directory in (self.root, *inside):
            _make(directory)
        probe = self.run / ".writable"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise DirectoryUnusable(self.root, _way_out(error)) from error


def private(directory: Path, account: Account | None) -> None:
    """Make a directory that only one account can enter.

    Parameters
    ----------
    directory
        Which; it may exist already, then its owner is checked.
    account
        Its owner; None: the present one.

    Raises
    ------
    DirectoryUnusable
        Somebody else has put something there.
    """
    owner = os.geteuid() if account is None else account.uid
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
        if directory.is_symlink() or status.st_uid not in (owner, os.geteuid()):
            raise DirectoryUnusable(directory, "belongs to somebody else; remove it")
        directory.chmod(0o700)
        give(directory, account)
    except OSError as error:
        raise DirectoryUnusable(directory, _way_out(error)) from error


def at(directory: Path) -> Layout:
    """Return the layout of a data directory, which need not exist yet.

    Parameters
    ----------
    directory
        Where; a path from the present directory or an absolute one, `~` for the home.
    """
    return Layout(directory.expanduser().absolute())


def _make(directory: Path) -> None:
    try:
        if not directory.is_dir():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = any(entry.name not in _INSIDE for entry in directory.iterdir())
        if directory.stat().st_mode & 0o066 and (directory.name in _INSIDE or not foreign):
            directory.chmod(0o700)
    except OSError as error:
        raise DirectoryUnusable(directory, _way_out(error)) from error


def _way_out(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file is in the way. Name a directory with --data, or remove the file."
    return (
        f"cannot be used as data directory ({error.strerror}). "
        "Name one that you may write to with --data."
    )
