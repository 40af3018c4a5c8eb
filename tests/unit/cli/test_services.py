"""Services: the command line that this process turns into."""

from __future__ import annotations

import sys

import pytest

from cli.exits import ExitCode, Failure
from cli.services import become, command


def test_a_folder_here_does_not_get_in_the_way() -> None:
    assert command("api", ["x"], safe=True) == [sys.executable, "-P", "-m", "api", "x"]
    assert command("api", [], safe=False) == [sys.executable, "-m", "api"]


def test_what_is_not_installed_is_said() -> None:
    with pytest.raises(Failure) as caught:
        become("no_such_package.kernel")
    assert caught.value.code is ExitCode.UNREACHABLE
    assert "no_such_package is not installed" in caught.value.message
