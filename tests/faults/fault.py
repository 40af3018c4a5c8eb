"""Fault: one thing that goes wrong, how it begins and how it is healed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Step = Callable[[], Awaitable[bool]]
"""Does something; False: it could not be done, because its target does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Parameters
    ----------
    kind, target, detail, loses_log
        As in the history.
    begin
        Makes it happen.
    heal
        Ends it; None: it is over as soon as it has happened.
    seconds
        How long it lasts if it is healed.
    """

    kind: str
    target: str
    begin: Step
    heal: Step | None = None
    seconds: float = 0.0
    loses_log: bool = False
    detail: str = ""
