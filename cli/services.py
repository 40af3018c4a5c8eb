"""Services: programs of nightplan that this process turns into; none of them is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from cli.exits import ExitCode, Failure

CHECKOUT = Path(__file__).resolve().parents[1]
"""Where the packages lie side by side, in a checkout."""


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
    package = module.partition(".")[0]
    safe = not _searches_here()
    if find_spec(package) is None:
        if not (CHECKOUT / package).is_dir():
            raise Failure(
                ExitCode.UNREACHABLE,
                f"the package {package} is not installed here. "
                "Run the command in a checkout of nightplan.",
            )
        # Not shipped, but beside us: the checkout is searched as the present directory.
        os.chdir(CHECKOUT)
        safe = False
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command(module, arguments, safe=safe))  # noqa: S606 - no shell wanted


def command(module: str, arguments: Sequence[str], *, safe: bool) -> list[str]:
    """The command line that runs a module.

    Parameters
    ----------
    module
        Its dotted name.
    arguments
        What follows it.
    safe
        Whether the present directory is not searched for it, so that a folder there
        that happens to be called ``models`` does not get in the way.
    """
    return [sys.executable, *(["-P"] if safe else []), "-m", module, *arguments]


def _searches_here() -> bool:
    """Whether this process finds modules in the present directory: it was started by ``-m``."""
    return not sys.path or not sys.path[0] or Path(sys.path[0]).resolve() == Path.cwd()
