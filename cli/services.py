"""Services: programs of nightplan that this process turns into; none of them is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from cli.exits import ExitCode, Failure


def become(module: str, arguments: Sequence[str] = ()) -> NoReturn:
    """Go on as ``python -m module``, the same process with the same environment.

    Parameters
    ----------
    module
        Its dotted name.
    arguments
        What follows it on the command line.

    Raises
    ------
    Failure
        It is not there.
    """
    if find_spec(module.partition(".")[0]) is None:
        raise Failure(
            ExitCode.UNREACHABLE,
            f"the package {module.partition('.')[0]} is not installed here. "
            "Run the command in a checkout of nightplan.",
        )
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command(module, arguments))  # noqa: S606 - no shell wanted


def command(module: str, arguments: Sequence[str] = ()) -> list[str]:
    """The command line that runs a module from where this process found its own.

    The present directory is searched for it only if this process was started by
    ``python -m`` too; else a folder there that happens to be called ``models``
    would get in the way.

    Parameters
    ----------
    module
        Its dotted name.
    arguments
        What follows it.
    """
    searched = Path(sys.path[0]).resolve() == Path.cwd() if sys.path and sys.path[0] else True
    return [sys.executable, *([] if searched else ["-P"]), "-m", module, *arguments]
