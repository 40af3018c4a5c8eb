"""Arrange: what every service gets before it starts: a clock that can be wrong, a planted bug."""

from __future__ import annotations

import importlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.process.clock import SystemClock
from tests.faults.programs.control import DIRECTORY, MUTATION, PART, Control


def arrange() -> Control:
    """Arrange the faults that this process was told of in its environment."""
    control = Control(Path(os.environ[DIRECTORY]))
    part = os.environ[PART]

    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=control.clock_error(part))

    SystemClock.now = now  # type: ignore[method-assign]
    mutation = os.environ.get(MUTATION)
    if mutation:
        importlib.import_module("tests.faults.mutations").apply(mutation)
    return control
