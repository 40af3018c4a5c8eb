"""A moment: a transaction in which it is one time throughout.

What one transaction decides about several nights has one time, and a replay gives
it the time of then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from models.exchange import NightState
from models.night import Night
from scheduler.ports import Transaction


class _Moment:
    """A transaction but for its clock."""

    def __init__(self, transaction: Transaction, at: datetime) -> None:
        self._transaction = transaction
        self._at = at

    async def now(self) -> datetime:
        """The moment."""
        return self._at

    async def lock_night(self, instrument: UUID, night: Night) -> NightState:
        """Lock and read a night, as at the moment."""
        state = await self._transaction.lock_night(instrument, night)
        return replace(state, now=self._at)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transaction's."""
        return getattr(self._transaction, name)


def at_moment(transaction: Transaction, at: datetime) -> Transaction:
    """The same transaction, in which it is always the same time.

    Parameters
    ----------
    transaction
        Where everything is written and read.
    at
        The time.
    """
    return cast(Transaction, _Moment(transaction, at))
