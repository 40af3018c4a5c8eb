"""The tables as the code sees them.

The migrations make them; a test compares the two to the last constraint. Why
each constraint is there stands in docs/decisions/0400-constraints.md.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

METADATA = MetaData()

_STATES = (
    "state IN ('scheduled', 'waiting', 'displaced', 'rejected', "
    "'deleted', 'expired', 'done', 'failed')"
)
_DEFERRED: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}


def _instant(name: str, *, nullable: bool = False, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable, **options)


def _number(name: str) -> Column[Any]:
    return Column(name, BigInteger, Identity(always=True), nullable=False)


NIGHT = Table(
    "night",
    METADATA,
    Column("instrument", Uuid, nullable=False),
    Column("night", Date, nullable=False),
    _instant("dusk", nullable=True),
    _instant("dawn", nullable=True),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("quality", JSONB),
    Column("requested_ms", BigInteger, nullable=False, server_default=text("0")),
    Column("filled_ms", BigInteger, nullable=False, server_default=text("0")),
    Column("idle_ms", BigInteger, nullable=False, server_default=text("0")),
    _instant("planned_at", nullable=True),
    PrimaryKeyConstraint("instrument", "night", name="night_pkey"),
    UniqueConstraint("instrument", "night", "dusk", "dawn", name="night_horizon"),
    CheckConstraint(
        "(dusk IS NULL) = (dawn IS NULL) AND (dusk IS NULL OR dusk < dawn)",
        name="night_dusk_before_dawn",
    ),
    CheckConstraint("revision >= 0", name="night_revision_counts"),
)
"""One night of one instrument, and how good its plan is."""

EVENT = Table(
    "event",
    METADATA,
    Column("id", Uuid, nullable=False),
    Column("instrument", Uuid, nullable=False),
    Column("night", Date, nullable=False),
    Column("type", Text, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("windows", JSONB, nullable=False),
    _instant("earliest"),
    _instant("latest"),
    Column("attributes", JSONB, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    _instant("created_at"),
    Column(
        "block",
        Uuid,
        Computed("CASE WHEN state IN ('scheduled', 'done', 'failed') THEN id END", persisted=True),
    ),
    Column("on_conflict", Text, nullable=False, server_default=text("'reject'")),
    Column("after", JSONB(none_as_null=True)),
    Column("together_with", Uuid),
    Column("series", Uuid),
    _instant("changed_at", nullable=True),
    PrimaryKeyConstraint("id", name="event_pkey"),
    UniqueConstraint("id", "duration_ms", "earliest", "latest", name="event_shape"),
    UniqueConstraint("block", "instrument", "night", name="event_place"),
    ForeignKeyConstraint(
        ["instrument", "night"], ["night.instrument", "night.night"], name="event_night"
    ),
    ForeignKeyConstraint(
        ["block"], ["block.id"], name="scheduled_event_has_block", use_alter=True, **_DEFERRED
    ),
    CheckConstraint(_STATES, name="event_state"),
    CheckConstraint("priority BETWEEN 1 AND 5", name="event_priority"),
    CheckConstraint("on_conflict IN ('reject', 'wait')", name="event_on_conflict"),
    CheckConstraint(
        "duration_ms >= 1 AND latest - earliest >= duration_ms * interval '1 millisecond'",
        name="event_fits_its_windows",
    ),
    Index(
        "event_wanted",
        "instrument",
        "night",
        postgresql_where=text("state IN ('scheduled', 'waiting', 'displaced')"),
    ),
    Index(
        "event_overdue",
        "instrument",
        "latest",
        postgresql_where=text("state IN ('waiting', 'displaced')"),
    ),
    Index("event_of_series", "series", "night", postgresql_where=text("series IS NOT NULL")),
    Index("event_together", "together_with", postgresql_where=text("together_with IS NOT NULL")),
    Index("event_of_instrument", "instrument", "earliest", "id"),
    Index(
        "event_without_block",
        "instrument",
        "earliest",
        "id",
        postgresql_where=text("block IS NULL"),
    ),
    Index("event_by_creation", "instrument", "created_at", "id"),
    Index("event_by_priority", "instrument", "priority", "id"),
    Index("event_of_owner", "instrument", "owner"),
    Index(
        "event_span",
        "instrument",
        func.tstzrange(column("earliest"), column("latest"), text("'[)'")),
        postgresql_using="gist",
    ),
)
"""What was asked for and accepted; ``block`` is its own id while it has its place."""

BLOCK = Table(
    "block",
    METADATA,
    Column("id", Uuid, nullable=False),
    Column("instrument", Uuid, nullable=False),
    Column("night", Date, nullable=False),
    _instant("dusk"),
    _instant("dawn"),
    _instant("start_time"),
    _instant("end_time"),
    Column("duration_ms", BigInteger, nullable=False),
    Column("event", Uuid),
    _instant("earliest", nullable=True),
    _instant("latest", nullable=True),
    Column("type", Text),
    Column("attributes", JSONB(none_as_null=True)),
    PrimaryKeyConstraint("id", name="block_pkey"),
    ExcludeConstraint(
        (column("instrument"), "="),
        (func.tstzrange(column("start_time"), column("end_time"), text("'[)'")), "&&"),
        name="block_no_overlap",
        using="gist",
        **_DEFERRED,
    ),
    ForeignKeyConstraint(
        ["instrument", "night", "dusk", "dawn"],
        ["night.instrument", "night.night", "night.dusk", "night.dawn"],
        name="block_night",
        onupdate="CASCADE",
    ),
    CheckConstraint("start_time >= dusk AND end_time <= dawn", name="block_inside_night"),
    CheckConstraint(
        "duration_ms >= 1 AND end_time - start_time = duration_ms * interval '1 millisecond'",
        name="block_duration",
    ),
    ForeignKeyConstraint(
        ["event", "duration_ms", "earliest", "latest"],
        ["event.id", "event.duration_ms", "event.earliest", "event.latest"],
        name="block_event_shape",
        onupdate="CASCADE",
    ),
    CheckConstraint("start_time >= earliest AND end_time <= latest", name="block_inside_window"),
    ForeignKeyConstraint(
        ["event", "instrument", "night"],
        ["event.block", "event.instrument", "event.night"],
        name="block_of_scheduled_event",
        **_DEFERRED,
    ),
    CheckConstraint(
        "CASE WHEN event IS NULL"
        " THEN num_nulls(type, attributes) = 0 AND num_nonnulls(earliest, latest) = 0"
        " ELSE event = id AND num_nulls(earliest, latest) = 0"
        " AND num_nonnulls(type, attributes) = 0 END",
        name="block_is_event_or_filler",
    ),
    Index("block_of_night", "instrument", "night", "start_time"),
    Index("block_of_event", "event", postgresql_where=text("event IS NOT NULL")),
    Index("block_by_time", "instrument", "start_time", postgresql_where=text("event IS NOT NULL")),
)
"""The schedule: events that have their place, and fillers, which have no event."""

STATE_CHANGE = Table(
    "state_change",
    METADATA,
    _number("sequence"),
    Column("event", Uuid, nullable=False),
    _instant("at"),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("instrument", Uuid),
    Column("night", Date),
    PrimaryKeyConstraint("sequence", name="state_change_pkey"),
    ForeignKeyConstraint(["event"], ["event.id"], name="state_change_event"),
    CheckConstraint(_STATES, name="state_change_state"),
    Index("state_change_of_event", "event", "sequence"),
    Index("state_change_of_instrument", "instrument", "sequence"),
)
"""Every event's history; rows are only added. A trigger fills in whose and which night's it is."""

COMMAND = Table(
    "command",
    METADATA,
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("instrument", Uuid, nullable=False),
    Column("event", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("body", JSON, nullable=False),
    _instant("received_at", server_default=func.clock_timestamp()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outcome", JSON(none_as_null=True)),
    _instant("decided_at", nullable=True),
    _instant("expires_at", nullable=True),
    Column("key", Uuid),
    PrimaryKeyConstraint("id", name="command_pkey"),
    CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="command_decided"),
    CheckConstraint("attempts >= 0", name="command_attempts"),
    Index("command_by_key", "key", postgresql_where=text("key IS NOT NULL")),
)
"""Every command that was begun, and its outcome, which never changes."""

OUTBOX = Table(
    "outbox",
    METADATA,
    _number("number"),
    Column("scheduling_group", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    _instant("created_at", server_default=func.clock_timestamp()),
    PrimaryKeyConstraint("number", name="outbox_pkey"),
    Index("outbox_of_group", "scheduling_group", "number"),
)
"""Messages committed and not yet known to be published."""

AUDIT = Table(
    "audit",
    METADATA,
    _number("number"),
    _instant("at", server_default=func.clock_timestamp()),
    Column("command", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("instrument", Uuid, nullable=False),
    Column("event", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("request_id", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("number", name="audit_pkey"),
    Index("audit_of_event", "event", "number"),
)
"""Who asked for what and what became of it; rows are only added."""

MAINTENANCE = Table(
    "maintenance",
    METADATA,
    Column("id", Uuid, nullable=False),
    Column("instrument", Uuid, nullable=False),
    _instant("start_time"),
    _instant("end_time"),
    Column("note", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    _instant("created_at"),
    _instant("ended_at", nullable=True),
    PrimaryKeyConstraint("id", name="maintenance_pkey"),
    CheckConstraint("start_time < end_time", name="maintenance_has_length"),
    Index(
        "maintenance_of_instrument",
        "instrument",
        "end_time",
        postgresql_where=text("ended_at IS NULL"),
    ),
)
"""When an instrument is closed; taken back where ``ended_at`` says when."""

SERIES = Table(
    "series",
    METADATA,
    Column("id", Uuid, nullable=False),
    Column("instrument", Uuid, nullable=False),
    Column("series", JSON, nullable=False),
    Column("caller", JSON, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("horizon", Date),
    _instant("created_at"),
    _instant("ended_at", nullable=True),
    PrimaryKeyConstraint("id", name="series_pkey"),
    Index("series_that_go_on", "instrument", postgresql_where=text("ended_at IS NULL")),
)
"""Requests that recur; each occurrence is an event of its own."""

PLAN_REVISION = Table(
    "plan_revision",
    METADATA,
    Column(
        "sequence",
        BigInteger,
        nullable=False,
        server_default=text("nextval(pg_get_serial_sequence('state_change', 'sequence'))"),
    ),
    Column("instrument", Uuid, nullable=False),
    Column("night", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    _instant("planned_at", server_default=func.clock_timestamp()),
    Column("quality", JSONB),
    Column("requested_ms", BigInteger, nullable=False),
    Column("filled_ms", BigInteger, nullable=False),
    Column("idle_ms", BigInteger, nullable=False),
    Column("removed", ARRAY(Uuid), nullable=False),
    Column("added", JSON, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("displaced", Integer, nullable=False),
    PrimaryKeyConstraint("instrument", "night", "revision", name="plan_revision_pkey"),
    ForeignKeyConstraint(
        ["instrument", "night"], ["night.instrument", "night.night"], name="plan_revision_night"
    ),
    Index("plan_revision_of_instrument", "instrument", "sequence"),
)
"""Every plan that there was, as what it changed in the one before."""

DOWNLOAD = Table(
    "download",
    METADATA,
    _number("number"),
    _instant("at", server_default=func.clock_timestamp()),
    Column("instrument", Uuid, nullable=False),
    Column("night", Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("format", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    PrimaryKeyConstraint("number", name="download_pkey"),
    Index("download_of_night", "instrument", "night", "number"),
)
"""Who downloaded which plan; rows are only added."""
