"""Searching events: one statement for each filter and order, page after page by place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    SmallInteger,
    Uuid,
    and_,
    func,
    literal,
    null,
    select,
    text,
    tuple_,
    union_all,
)

from adapters.postgres.tables import BLOCK, EVENT
from models.event import State
from models.night import FIRST_DATE, LAST_DATE
from models.paging import Order, Position, SortKey
from models.reading import EventFilter

_INSTANT = DateTime(timezone=True)
PLACED = frozenset({State.SCHEDULED, State.DONE, State.FAILED})
"""The states of events that have a block."""


def search_events(
    instrument: UUID, wanted: EventFilter, order: Order, size: int, after: Position | None
) -> Select[Any]:
    """Events of an instrument in whatever state that come after a place, at most ``size``.

    Parameters
    ----------
    instrument, wanted
        Which events.
    order, after
        In which order, and after which place; None: from the beginning.
    size
        At most so many.
    """
    if order.key is SortKey.START_TIME:
        return _by_start(instrument, wanted, order, size, after)
    value: ColumnElement[Any] = EVENT.c[order.key.value]
    found = (
        select(EVENT, BLOCK.c.start_time)
        .outerjoin_from(EVENT, BLOCK, BLOCK.c.event == EVENT.c.id)
        .where(EVENT.c.instrument == instrument, *_matching(wanted))
    )
    return _page(found, value, EVENT.c.id, order, size, after)


def _by_start(
    instrument: UUID, wanted: EventFilter, order: Order, size: int, after: Position | None
) -> Select[Any]:
    """The first of the events with a block and of those without one, merged.

    Each of the two has an index in its order; both together have none.
    """
    in_place = (
        select(EVENT, BLOCK.c.start_time)
        .join_from(BLOCK, EVENT, EVENT.c.id == BLOCK.c.event)
        .where(BLOCK.c.instrument == instrument, *_matching(wanted))
    )
    if wanted.night is not None:
        in_place = in_place.where(BLOCK.c.night == wanted.night)
    without = select(EVENT, null().cast(_INSTANT).label("start_time")).where(
        EVENT.c.instrument == instrument, EVENT.c.block.is_(None), *_matching(wanted)
    )
    in_place = _page(in_place, BLOCK.c.start_time, BLOCK.c.event, order, size, after)
    without = _page(without, EVENT.c.earliest, EVENT.c.id, order, size, after)
    if wanted.states is not None and PLACED.issuperset(wanted.states):
        return in_place
    if wanted.states is not None and PLACED.isdisjoint(wanted.states):
        return without
    both = union_all(in_place.subquery().select(), without.subquery().select()).subquery()
    start = func.coalesce(both.c.start_time, both.c.earliest)
    return _page(select(both), start, both.c.id, order, size, None)


def _page(
    found: Select[Any],
    value: ColumnElement[Any],
    identity: ColumnElement[Any],
    order: Order,
    size: int,
    after: Position | None,
) -> Select[Any]:
    if after is not None:
        kind = SmallInteger() if order.key is SortKey.PRIORITY else _INSTANT
        place = tuple_(literal(after.value, kind), literal(after.event, Uuid()))
        here = tuple_(value, identity)
        found = found.where(here < place if order.descending else here > place)
    columns = [value, identity]
    return found.order_by(*(c.desc() if order.descending else c.asc() for c in columns)).limit(size)


def _matching(wanted: EventFilter) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states is not None:
        found.append(EVENT.c.state.in_([state.value for state in wanted.states]))
    if wanted.types is not None:
        found.append(EVENT.c.type.in_(_storable(wanted.types)))
    if wanted.owners is not None:
        found.append(EVENT.c.owner.in_(_storable(wanted.owners)))
    if wanted.night is not None:
        found.append(EVENT.c.night == wanted.night)
        if FIRST_DATE <= wanted.night <= LAST_DATE:
            # An event's earliest start lies in its night, wherever on Earth: this much the
            # index can tell.
            day = datetime.combine(wanted.night, time(), UTC)
            found.append(EVENT.c.earliest > literal(day - timedelta(days=1), _INSTANT))
            found.append(EVENT.c.earliest < literal(day + timedelta(days=3), _INSTANT))
    start, end = literal(wanted.start, _INSTANT), literal(wanted.end, _INSTANT)
    if wanted.start is not None:
        found.append(EVENT.c.latest > start)
    if wanted.end is not None:
        found.append(EVENT.c.earliest < end)
    if wanted.start is not None and (wanted.end is None or wanted.start < wanted.end):
        # The same once more, in the words of the index.
        span = func.tstzrange(EVENT.c.earliest, EVENT.c.latest, text("'[)'"))
        found.append(span.op("&&", is_comparison=True)(func.tstzrange(start, end, text("'[)'"))))
    if wanted.series is not None:
        found.append(and_(EVENT.c.series.is_not(None), EVENT.c.series == wanted.series))
    return found


def _storable(texts: Sequence[str]) -> list[str]:
    """Those that PostgreSQL can keep, and so find."""
    return [text for text in texts if "\x00" not in text]
