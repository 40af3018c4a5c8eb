"""Revisions: which plan each step of an event's history made, as far as anybody said so."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from models.event import Record, State
from tests.faults.checker.account import Account, Place

Span = tuple[State, int, int | None]
"""A state, and the earliest and latest revision that can have begun it; None: any later one."""


class Revisions:
    """Finds them by what was announced, and by what was decided at the same instant.

    All that one decision changes has the same instant, that of the database when the
    night was locked, and makes at most one revision.

    Parameters
    ----------
    account
        With a final state.
    """

    def __init__(self, account: Account) -> None:
        self._announced: dict[tuple[UUID, State, datetime], int] = {}
        self._decided: defaultdict[Place, dict[datetime, int]] = defaultdict(dict)
        for change in account.changes:
            self._announced[change.event, change.state, change.at] = change.revision
            self._decided[change.instrument, change.night][change.at] = change.revision
        for outcome in account.outcomes.values():
            if outcome.night is not None and outcome.event is not None:
                place = (outcome.event.instrument, outcome.night)
                self._decided[place].setdefault(outcome.decided_at, outcome.revision)

    def of(self, record: Record) -> list[Span]:
        """The steps of an event's history, each with the revisions that may have begun it."""
        decided = self._decided[record.event.instrument, record.night]
        found: list[Span] = []
        for step in record.history:
            exact = self._announced.get((step.event, step.state, step.at), decided.get(step.at))
            if exact is not None:
                found.append((step.state, exact, exact))
                continue
            earliest = max((made for at, made in decided.items() if at < step.at), default=0)
            latest = min((made for at, made in decided.items() if at > step.at), default=None)
            found.append((step.state, earliest, latest))
        return found
