"""Admission: who may wait for an answer, judged by how long it would take."""

from __future__ import annotations

from collections import OrderedDict, deque

from models.errors import Overloaded

WINDOW = 1.0
"""Seconds over which answers are counted."""
USUAL_RATE = 200.0
"""Answers a second that a slow machine gives when many wait: they are decided together."""
LEAST_RATE = 2.0
"""Answers a second that are hoped for where none came."""
LONGEST_PAUSE = 5
"""Seconds that a refused caller is told to wait at most."""


class Admission:
    """Refuses commands that could not be answered in time, by their expected wait.

    The expected wait is the number waiting, divided by the answers a second of late.
    As long as nobody has waited for a whole window, that rate may be low only because
    little was asked: then the usual rate counts, if it is higher.

    Parameters
    ----------
    limit
        Longest acceptable wait, in seconds.
    most
        Most commands in flight, whatever their expected wait.
    """

    def __init__(self, *, limit: float, most: int) -> None:
        self._limit = limit
        self._most = most
        self._tickets = 0
        self._waiting: OrderedDict[int, float] = OrderedDict()
        self._answers: deque[float] = deque(maxlen=10_000)

    def expected_wait(self, now: float) -> float:
        """How long a command that comes now would wait, in seconds."""
        return len(self._waiting) / self._rate(now)

    def enter(self, now: float) -> int:
        """Count one more command; gives the ticket to leave with.

        Raises
        ------
        models.errors.Overloaded
            It would wait too long.
        """
        expected = self.expected_wait(now)
        if len(self._waiting) >= self._most or expected > self._limit:
            raise Overloaded(min(LONGEST_PAUSE, int(expected) + 1))
        self._tickets += 1
        self._waiting[self._tickets] = now
        return self._tickets

    def leave(self, ticket: int, now: float, *, answered: bool) -> None:
        """Count one less; an answer tells how fast answers come."""
        del self._waiting[ticket]
        if answered:
            self._answers.append(now)

    def _rate(self, now: float) -> float:
        while self._answers and self._answers[0] <= now - WINDOW:
            self._answers.popleft()
        measured = max(LEAST_RATE, len(self._answers) / WINDOW)
        first = next(iter(self._waiting.values()), now)
        return measured if now - first > WINDOW else max(USUAL_RATE, measured)
