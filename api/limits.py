"""Limits of one caller, so that no caller takes what belongs to all."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api.problems import Problem, problem


@dataclass(slots=True, kw_only=True)
class _Account:
    """What one caller has left, and has under way."""

    left: float
    at: float
    waiting: int = 0


class CallerLimits:
    """Counts the commands of each caller, in this process.

    A bucket holds ``burst`` commands and is filled again at ``rate`` a second; each
    command takes one.

    Parameters
    ----------
    rate
        Commands a second, in the long run.
    burst
        Commands at once, after a pause.
    waiting
        Commands that may wait for their answers at once.
    most
        Callers remembered; the one that was idle longest is forgotten first.
    """

    def __init__(self, *, rate: float, burst: int, waiting: int, most: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._waiting = waiting
        self._most = most
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    @contextmanager
    def command(self, subject: str, now: float) -> Iterator[None]:
        """Count one command of a caller, for as long as it waits.

        Parameters
        ----------
        subject
            The caller.
        now
            Monotonic time, in seconds.

        Raises
        ------
        Problem
            429 with ``Retry-After``: too many at once, or in a short time.
        """
        account = self._account(subject, now)
        if account.waiting >= self._waiting:
            raise _too_many(
                f"expected at most {self._waiting} requests of one caller that wait for their "
                "answers at once",
                1,
            )
        if account.left < 1:
            raise _too_many(
                f"expected at most {self._rate:g} requests a second of one caller in the long "
                f"run, {self._burst} at once",
                math.ceil((1 - account.left) / self._rate),
            )
        account.left -= 1
        account.waiting += 1
        try:
            yield
        finally:
            account.waiting -= 1

    def _account(self, subject: str, now: float) -> _Account:
        account = self._accounts.setdefault(subject, _Account(left=self._burst, at=now))
        self._accounts.move_to_end(subject)
        account.left = min(self._burst, account.left + (now - account.at) * self._rate)
        account.at = now
        if len(self._accounts) > self._most:
            idle = next((name for name, one in self._accounts.items() if not one.waiting), None)
            if idle is not None:
                del self._accounts[idle]
        return account


def _too_many(detail: str, retry_after: int) -> Problem:
    return problem(
        429,
        "too-many-requests",
        f"{detail}; try again in {retry_after} s",
        headers={"Retry-After": str(retry_after)},
    )
