"""Statements that look back: nights and their revisions, maintenance, the feed, downloads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Select, bindparam, func, literal, select, text

from adapters.postgres.tables import (
    BLOCK,
    DOWNLOAD,
    EVENT,
    MAINTENANCE,
    NIGHT,
    PLAN_REVISION,
    SERIES,
)

_OF_INSTRUMENT = NIGHT.c.instrument == bindparam("instrument")

_PLACED = (
    select(func.count())
    .where(
        BLOCK.c.instrument == NIGHT.c.instrument,
        BLOCK.c.night == NIGHT.c.night,
        BLOCK.c.event.is_not(None),
    )
    .scalar_subquery()
)
_WAITING = (
    select(func.count())
    .where(
        EVENT.c.instrument == NIGHT.c.instrument,
        EVENT.c.night == NIGHT.c.night,
        # Spelt out twice, so that the planner sees that the partial index fits.
        text("event.state IN ('scheduled', 'waiting', 'displaced')"),
        text("event.state IN ('waiting', 'displaced')"),
    )
    .scalar_subquery()
)
NIGHTS = (
    select(
        NIGHT,
        _PLACED.label("events"),
        _WAITING.label("waiting"),
        func.coalesce(PLAN_REVISION.c.moved, 0).label("moved"),
        func.coalesce(PLAN_REVISION.c.displaced, 0).label("displaced"),
    )
    .outerjoin_from(
        NIGHT,
        PLAN_REVISION,
        (PLAN_REVISION.c.instrument == NIGHT.c.instrument)
        & (PLAN_REVISION.c.night == NIGHT.c.night)
        & (PLAN_REVISION.c.revision == NIGHT.c.revision),
    )
    .where(_OF_INSTRUMENT, NIGHT.c.night.between(bindparam("first"), bindparam("last")))
    .order_by(NIGHT.c.night)
)
"""Nights with what their plans add up to."""

FIND_REVISION = (
    select(
        NIGHT.c.instrument,
        NIGHT.c.night,
        NIGHT.c.dusk,
        NIGHT.c.dawn,
        PLAN_REVISION.c.revision,
        PLAN_REVISION.c.quality,
        PLAN_REVISION.c.planned_at,
    )
    .join_from(
        PLAN_REVISION,
        NIGHT,
        (PLAN_REVISION.c.instrument == NIGHT.c.instrument)
        & (PLAN_REVISION.c.night == NIGHT.c.night),
    )
    .where(
        _OF_INSTRUMENT,
        NIGHT.c.night == bindparam("night"),
        PLAN_REVISION.c.revision == bindparam("revision"),
    )
)

# What the differences up to a revision make of nothing: of each block what was said
# last, unless it was taken away later. A revision first takes away, then adds.
BLOCKS_OF_REVISION = text("""
    WITH step AS (
        SELECT revision, removed, added FROM plan_revision
        WHERE instrument = :instrument AND night = :night AND revision <= :revision),
    placed AS (
        SELECT DISTINCT ON (block->>'id') block->>'id' AS id, step.revision, block
        FROM step, json_array_elements(added) AS block
        ORDER BY block->>'id', step.revision DESC),
    gone AS (
        SELECT id::text, max(step.revision) AS revision FROM step, unnest(removed) AS id
        GROUP BY id)
    SELECT placed.block::text FROM placed LEFT JOIN gone USING (id)
    WHERE gone.revision IS NULL OR gone.revision <= placed.revision
""")

FIND_MAINTENANCE = select(MAINTENANCE).where(
    MAINTENANCE.c.instrument == bindparam("instrument"),
    MAINTENANCE.c.id == bindparam("maintenance"),
)

LIST_DOWNLOADS = (
    select(DOWNLOAD)
    .where(DOWNLOAD.c.instrument == bindparam("instrument"), DOWNLOAD.c.night == bindparam("night"))
    .order_by(DOWNLOAD.c.number)
)

_FEED = """
    WITH change AS (
        SELECT sequence, 'event' AS kind, night, at, NULL::integer AS revision,
               event, state, cause, by
        FROM state_change WHERE instrument = :instrument AND sequence > :after
        ORDER BY sequence {order} LIMIT :size),
    revised AS (
        SELECT sequence, 'revised', night, planned_at, revision, NULL::uuid, NULL, '', ''
        FROM plan_revision WHERE instrument = :instrument AND sequence > :after
        ORDER BY sequence {order} LIMIT :size)
    SELECT * FROM change UNION ALL SELECT * FROM revised ORDER BY sequence {order} LIMIT :size
"""
_AFTER = bindparam("after", type_=BigInteger)
FEED = text(_FEED.format(order="")).bindparams(_AFTER)
LAST_OF_FEED = text(_FEED.format(order="DESC")).bindparams(_AFTER)


def list_maintenance(instrument: UUID, start: datetime | None, end: datetime | None) -> Select[Any]:
    """Every maintenance that was not taken back, by start, optionally of a span."""
    found = (
        select(MAINTENANCE)
        .where(MAINTENANCE.c.instrument == instrument, MAINTENANCE.c.ended_at.is_(None))
        .order_by(MAINTENANCE.c.start_time, MAINTENANCE.c.id)
    )
    if start is not None:
        found = found.where(MAINTENANCE.c.end_time > literal(start, DateTime(timezone=True)))
    if end is not None:
        found = found.where(MAINTENANCE.c.start_time < literal(end, DateTime(timezone=True)))
    return found


LIST_SERIES = (
    select(SERIES)
    .where(SERIES.c.instrument == bindparam("instrument"), SERIES.c.ended_at.is_(None))
    .order_by(SERIES.c.created_at, SERIES.c.id)
)
FIND_SERIES = select(SERIES).where(
    SERIES.c.instrument == bindparam("instrument"), SERIES.c.id == bindparam("series")
)
