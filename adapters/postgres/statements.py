"""The statements of the store, each once.

Those on the way of every request are written so that one round trip does: what
is inserted comes as arrays, what is read together is read together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Select, bindparam, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.tables import (
    BLOCK,
    COMMAND,
    EVENT,
    MAINTENANCE,
    NIGHT,
    OUTBOX,
    SERIES,
    STATE_CHANGE,
)

A_DAY = text("interval '1 day'")

LOCK_GROUP = text("SELECT pg_advisory_lock(:key)")
IS_ALIVE = text("SELECT 1")
NOW = select(func.clock_timestamp())

_LOCKED = (
    select(NIGHT)
    .where(NIGHT.c.instrument == bindparam("instrument"), NIGHT.c.night == bindparam("night"))
    .with_for_update(key_share=True)
    .cte("locked")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_CLOSED = (
    select(
        func.json_agg(
            func.json_build_object(
                "id", MAINTENANCE.c.id,
                "instrument", MAINTENANCE.c.instrument,
                "window", func.json_build_object(
                    "start", MAINTENANCE.c.start_time, "end", MAINTENANCE.c.end_time
                ),
                "note", MAINTENANCE.c.note,
            )
        )
    )
    .where(
        MAINTENANCE.c.instrument == _LOCKED.c.instrument,
        MAINTENANCE.c.ended_at.is_(None),
        MAINTENANCE.c.start_time < _LOCKED.c.dawn,
        MAINTENANCE.c.end_time > _LOCKED.c.dusk,
    )
    .scalar_subquery()
)  # fmt: skip
_LINKED = (
    select(EVENT.c.id)
    .where(
        EVENT.c.night == _LOCKED.c.night,
        EVENT.c.together_with.is_not(None),
        text("event.state IN ('scheduled', 'waiting', 'displaced')"),
    )
    .exists()
)
LOCK_NIGHT = select(
    _LOCKED,
    func.clock_timestamp().label("now"),
    _CLOSED.label("closed"),
    _LINKED.label("linked"),
)
"""Lock a night's row; the time is taken when it is locked, not when the wait for it began."""

CREATE_NIGHT = insert(NIGHT).on_conflict_do_nothing()

_RECORDS = select(EVENT, BLOCK.c.start_time).outerjoin_from(
    EVENT, BLOCK, BLOCK.c.event == EVENT.c.id
)
FIND_EVENT = _RECORDS.where(EVENT.c.id == bindparam("event"))
FIND_EVENTS = _RECORDS.where(EVENT.c.id.in_(bindparam("events", expanding=True)))
WANTED = _RECORDS.where(
    EVENT.c.instrument == bindparam("instrument"),
    EVENT.c.night == bindparam("night"),
    # Spelt out, not bound: the planner must see that the partial index fits.
    text("event.state IN ('scheduled', 'waiting', 'displaced')"),
).order_by(EVENT.c.created_at, EVENT.c.id)

BLOCKS = (
    select(
        BLOCK.c.id,
        BLOCK.c.event,
        BLOCK.c.start_time,
        BLOCK.c.end_time,
        func.coalesce(BLOCK.c.type, EVENT.c.type).label("type"),
        func.coalesce(BLOCK.c.attributes, EVENT.c.attributes).label("attributes"),
    )
    .outerjoin_from(BLOCK, EVENT, EVENT.c.id == BLOCK.c.event)
    .where(BLOCK.c.instrument == bindparam("instrument"), BLOCK.c.night == bindparam("night"))
    .order_by(BLOCK.c.start_time)
)
"""A night's blocks in order of time; what they do is their event's or, in a filler, their own."""

FIND_OUTCOMES = select(COMMAND.c.id, COMMAND.c.outcome).where(
    COMMAND.c.id.in_(bindparam("commands", expanding=True)), COMMAND.c.outcome.is_not(None)
)

# One statement, so that it is a transaction of its own in one round trip. Losing a
# count in a crash does no harm: its commit need not wait for the disk. What has
# expired is kept too, uncounted, so that its caller can learn that nothing came of it.
COUNT_ATTEMPTS = text("""
    WITH given AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:instruments AS uuid[]),
            CAST(:events AS uuid[]), CAST(:subjects AS text[]), CAST(:hashes AS text[]),
            CAST(:bodies AS json[]), CAST(:expiries AS timestamptz[]), CAST(:keys AS uuid[]))
            AS given (id, kind, instrument, event, subject, body_hash, body, expires_at, key)),
    taken AS (
        SELECT given.id, min(command.id::text)::uuid AS taken_by
        FROM given JOIN command ON command.key = given.key AND command.id <> given.id
        WHERE command.outcome IS NOT NULL OR command.expires_at > clock_timestamp()
        GROUP BY given.id),
    counted AS (
        INSERT INTO command (id, kind, instrument, event, subject, body_hash, body, attempts,
                             expires_at, key)
        SELECT id, kind, instrument, event, subject, body_hash, body,
               (expires_at > clock_timestamp())::integer, expires_at, key FROM given
        WHERE NOT EXISTS (SELECT FROM taken WHERE taken.id = given.id)
        ON CONFLICT (id) DO UPDATE
            SET attempts = greatest(command.attempts, excluded.attempts),
                expires_at = greatest(command.expires_at, excluded.expires_at),
                key = coalesce(command.key, excluded.key)
            WHERE command.outcome IS NULL
        RETURNING id, attempts)
    SELECT given.id, coalesce(counted.attempts, command.attempts, 0) AS attempts, command.outcome,
           coalesce(command.attempts, 0) AS before,
           given.expires_at <= clock_timestamp() AS expired, taken.taken_by,
           set_config('synchronous_commit', 'off', true)
    FROM given
    LEFT JOIN taken ON taken.id = given.id
    LEFT JOIN counted ON counted.id = given.id
    LEFT JOIN command ON command.id = given.id
""")

COUNT_AGAIN = text("""
    WITH counted AS (UPDATE command SET attempts = attempts + 1
                     WHERE id = :id AND outcome IS NULL RETURNING attempts)
    SELECT attempts, set_config('synchronous_commit', 'off', true) FROM counted
""")

FIND_COMMAND = select(COMMAND.c.body, COMMAND.c.outcome, func.clock_timestamp().label("now")).where(
    COMMAND.c.id == bindparam("command")
)

DECIDED_BEFORE = (
    select(COMMAND.c.id)
    .where(
        COMMAND.c.instrument.in_(bindparam("instruments", expanding=True)),
        COMMAND.c.decided_at < bindparam("instant", type_=DateTime(timezone=True)),
    )
    .limit(1)
)

DELETE_BLOCKS = text("DELETE FROM block WHERE id = ANY(CAST(:ids AS uuid[]))")

# What a block must agree with is taken from its night and its event; that it does
# agree is then for the constraints to say.
INSERT_BLOCKS = text("""
    INSERT INTO block (id, instrument, night, dusk, dawn, start_time, end_time, duration_ms,
                       event, earliest, latest, type, attributes)
    SELECT given.id, :instrument, :night, :dusk, :dawn, given.start_time, given.end_time,
           given.duration_ms, CASE WHEN NOT given.filler THEN given.id END,
           event.earliest, event.latest,
           CASE WHEN given.filler THEN given.type END,
           CASE WHEN given.filler THEN given.attributes END
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
        CAST(:durations AS bigint[]), CAST(:fillers AS boolean[]), CAST(:types AS text[]),
        CAST(:attributes AS jsonb[]))
        AS given (id, start_time, end_time, duration_ms, filler, type, attributes)
    LEFT JOIN event ON event.id = given.id AND NOT given.filler
""")

SET_STATE = (
    update(EVENT).where(EVENT.c.id == bindparam("changed")).values(state=bindparam("new_state"))
)

# The last write of a night: it gives what the blocks add up to now, to be compared
# with the plan that was verified.
REVISE_NIGHT = text("""
    WITH revised AS (
        UPDATE night SET revision = :revision, quality = CAST(:quality AS jsonb),
            requested_ms = :requested_ms, filled_ms = :filled_ms, idle_ms = :idle_ms,
            planned_at = CASE WHEN revision = :revision AND planned_at IS NOT NULL
                THEN planned_at ELSE clock_timestamp() END
        WHERE instrument = :instrument AND night = :night AND revision <= :revision
        RETURNING *),
    kept AS (
        INSERT INTO plan_revision (instrument, night, revision, planned_at, quality, requested_ms,
                                   filled_ms, idle_ms, removed, added, moved, displaced)
        SELECT instrument, night, revision, planned_at, quality, requested_ms, filled_ms, idle_ms,
               CAST(:removed AS uuid[]), CAST(:added AS json), :moved, :displaced FROM revised
        ON CONFLICT DO NOTHING)
    SELECT (
        SELECT ARRAY[count(*),
                     coalesce(sum(duration_ms) FILTER (WHERE event IS NOT NULL), 0),
                     coalesce(sum(duration_ms) FILTER (WHERE event IS NULL), 0)]::bigint[]
        FROM block WHERE block.instrument = revised.instrument AND block.night = revised.night)
    FROM revised
""")

_CHANGED = (
    "night", "type", "duration_ms", "windows", "earliest", "latest", "attributes", "priority",
    "on_conflict", "after", "together_with", "state",
)  # fmt: skip
CHANGE_EVENT = (
    update(EVENT)
    .where(EVENT.c.id == bindparam("changed"))
    .values(
        **{name: bindparam(f"new_{name}", type_=EVENT.c[name].type) for name in _CHANGED},
        changed_at=func.clock_timestamp(),
    )
)

FIND_MAINTENANCE = select(MAINTENANCE).where(MAINTENANCE.c.id == bindparam("maintenance"))
END_MAINTENANCE = (
    update(MAINTENANCE)
    .where(MAINTENANCE.c.id == bindparam("maintenance"))
    .values(ended_at=bindparam("at"))
)
FIND_SERIES = select(SERIES).where(SERIES.c.id == bindparam("series"))
_SERIES = insert(SERIES)
SAVE_SERIES = _SERIES.on_conflict_do_update(
    index_elements=[SERIES.c.id],
    set_={name: _SERIES.excluded[name] for name in ("series", "generation", "horizon", "ended_at")},
)
SERIES_TO_EXTEND = select(SERIES).where(
    SERIES.c.instrument == bindparam("instrument"),
    SERIES.c.ended_at.is_(None),
    SERIES.c.horizon < bindparam("until"),
)
OF_SERIES = _RECORDS.where(
    EVENT.c.series == bindparam("series"),
    text("event.state IN ('scheduled', 'waiting', 'displaced')"),
    EVENT.c.latest > bindparam("after", type_=DateTime(timezone=True)),
).order_by(EVENT.c.earliest)
NIGHTS_WITHIN = (
    select(NIGHT.c.night)
    .where(
        NIGHT.c.instrument == bindparam("instrument"),
        NIGHT.c.dawn > bindparam("start"),
        NIGHT.c.dusk < bindparam("end"),
    )
    .order_by(NIGHT.c.night)
)

_GIVEN = insert(COMMAND)
SAVE_OUTCOME = _GIVEN.on_conflict_do_update(
    index_elements=[COMMAND.c.id],
    set_={
        name: _GIVEN.excluded[name]
        for name in (
            "kind",
            "instrument",
            "event",
            "subject",
            "body_hash",
            "body",
            "outcome",
            "decided_at",
            "expires_at",
            "key",
        )
    },
    where=COMMAND.c.outcome.is_(None),
)
"""Store an outcome with its own command, unless the id has an outcome: the first one stays."""

READ_OUTBOX = (
    select(OUTBOX)
    .where(OUTBOX.c.scheduling_group == bindparam("scheduling_group"))
    .order_by(OUTBOX.c.number)
    .limit(bindparam("most"))
)

# Forgetting a message twice is sending it twice, which does no harm.
CLEAR_OUTBOX = text("""
    WITH gone AS (DELETE FROM outbox
                  WHERE number = ANY(CAST(:numbers AS bigint[])) RETURNING number)
    SELECT count(*), set_config('synchronous_commit', 'off', true) FROM gone
""")


PLANNED = select(NIGHT.c.instrument, NIGHT.c.night).where(
    NIGHT.c.planned_at.is_not(None),
    tuple_(NIGHT.c.instrument, NIGHT.c.night).in_(bindparam("nights", expanding=True)),
)
"""Those of the nights given that have a plan."""

OVERDUE = (
    select(EVENT.c.instrument, EVENT.c.night)
    .distinct()
    .where(
        EVENT.c.instrument.in_(bindparam("instruments", expanding=True)),
        text("event.state IN ('waiting', 'displaced')"),
        # Nothing lasts longer than a day: this much the index can tell.
        EVENT.c.latest < func.clock_timestamp() + A_DAY,
        EVENT.c.latest - EVENT.c.duration_ms * text("interval '1 millisecond'")
        < func.clock_timestamp(),
    )
    .order_by(EVENT.c.night, EVENT.c.instrument)
)

PROBE = select(NIGHT.c.instrument).limit(1)
_OF_NIGHT = (NIGHT.c.instrument == bindparam("instrument"), NIGHT.c.night == bindparam("night"))
FIND_NIGHT = select(NIGHT).where(*_OF_NIGHT)
VERSION = select(NIGHT.c.revision, NIGHT.c.planned_at).where(*_OF_NIGHT)
HISTORY = (
    select(STATE_CHANGE)
    .where(STATE_CHANGE.c.event == bindparam("event"))
    .order_by(STATE_CHANGE.c.sequence)
)


def list_events(
    instrument: UUID, start: datetime | None, end: datetime | None, limit: int | None
) -> Select[Any]:
    """The events of an instrument that have a block, by start, optionally of a span."""
    found = (
        select(EVENT, BLOCK.c.start_time)
        .join_from(BLOCK, EVENT, EVENT.c.id == BLOCK.c.event)
        .where(BLOCK.c.instrument == instrument)
        .order_by(BLOCK.c.start_time)
        .limit(limit)
    )
    if start is not None:
        # A block lies in a night, so it is shorter than a day: this much the index can tell.
        given = literal(start, DateTime(timezone=True))
        found = found.where(BLOCK.c.end_time > given, BLOCK.c.start_time > given - A_DAY)
    if end is not None:
        found = found.where(BLOCK.c.start_time < end)
    return found
