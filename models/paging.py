"""Paging: orders in which events are listed, and texts that say where a page begins.

Such a text is given with a page and comes back with the request for the next one. It
holds the place of the page's last event, so events that are added or removed in
between shift nothing: what comes after that place is still the rest.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from models.errors import Fault, InvalidRequest, Reason
from models.event import Record

LONGEST = 200
"""Characters; no text of ours is as long."""


class SortKey(StrEnum):
    """What events are sorted by; those that have the same are sorted by id."""

    START_TIME = "start_time"
    CREATED_AT = "created_at"
    PRIORITY = "priority"

    def of(self, record: Record) -> datetime | int:
        """What an event is sorted by: its block's start where it has one, else its earliest."""
        if self is SortKey.PRIORITY:
            return record.event.priority
        if self is SortKey.CREATED_AT:
            return record.created_at
        return record.start or record.event.earliest


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of events; ``descending`` is exactly the reverse, of the ids too."""

    key: SortKey
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an order such as ``-created_at``.

        Raises
        ------
        InvalidRequest
            There is no such order.
        """
        try:
            return cls(key=SortKey(text.removeprefix("-")), descending=text.startswith("-"))
        except ValueError:
            expected = ", ".join(f"{key} or -{key}" for key in SortKey)
            raise _invalid("sort", f"expected {expected}") from None

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else str(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The place of one event in an order.

    Parameters
    ----------
    order
        Which order.
    value
        What the event is sorted by.
    event
        Its id.
    """

    order: Order
    value: datetime | int
    event: UUID

    @classmethod
    def of(cls, record: Record, order: Order) -> Self:
        """Where an event stands."""
        return cls(order=order, value=order.key.of(record), event=record.event.id)

    @classmethod
    def parse(cls, text: str, order: Order) -> Self:
        """Read what :meth:`__str__` wrote for the same order.

        Raises
        ------
        InvalidRequest
            It is nothing that was written for this order.
        """
        try:
            sort, value, event = _load(text)
            found = cls(order=order, value=_value(order.key, value), event=UUID(event))
        except (ValueError, TypeError, AttributeError, RecursionError):
            found = None
        if found is None or sort != str(order) or str(found) != text:
            raise _invalid("page[after]", f"expected what a page sorted by {order} has given")
        return found

    def __str__(self) -> str:
        value = self.value
        written = value if isinstance(value, int) else value.astimezone(UTC).isoformat()
        content = [str(self.order), written, str(self.event)]
        packed = json.dumps(content, separators=(",", ":")).encode()
        return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _load(text: str) -> list[Any]:
    if len(text) > LONGEST:
        raise ValueError(text)
    content = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(content, list):
        raise TypeError(text)
    return content


def _value(key: SortKey, value: Any) -> datetime | int:
    if key is SortKey.PRIORITY:
        if type(value) is not int or not 1 <= value <= 5:
            raise ValueError(value)
        return value
    instant = datetime.fromisoformat(value)
    if instant.utcoffset() != timedelta(0):
        raise ValueError(value)
    return instant


def _invalid(parameter: str, detail: str) -> InvalidRequest:
    return InvalidRequest([Fault(reason=Reason.SCHEMA, detail=detail, parameter=parameter)])
