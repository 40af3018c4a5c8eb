"""Nights, events, their blocks and their history.

What must never be is refused here, whoever writes: an overlap, a block outside
its night or its event's windows, a wrong duration, a scheduled event without a
block and a block without a scheduled event (docs/decisions/0400-constraints.md).
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NIGHT = """
CREATE TABLE night (
    instrument uuid NOT NULL,
    night date NOT NULL,
    dusk timestamptz,
    dawn timestamptz,
    revision integer NOT NULL DEFAULT 0,
    quality jsonb,
    requested_ms bigint NOT NULL DEFAULT 0,
    filled_ms bigint NOT NULL DEFAULT 0,
    idle_ms bigint NOT NULL DEFAULT 0,
    planned_at timestamptz,
    CONSTRAINT night_pkey PRIMARY KEY (instrument, night),
    CONSTRAINT night_horizon UNIQUE (instrument, night, dusk, dawn),
    CONSTRAINT night_dusk_before_dawn
        CHECK ((dusk IS NULL) = (dawn IS NULL) AND (dusk IS NULL OR dusk < dawn)),
    CONSTRAINT night_revision_counts CHECK (revision >= 0)
)
"""

# An event that has its place names it in `block`: its own id. The column makes
# two foreign keys possible that together say "scheduled means exactly one block".
EVENT = """
CREATE TABLE event (
    id uuid NOT NULL,
    instrument uuid NOT NULL,
    night date NOT NULL,
    type text NOT NULL,
    duration_ms bigint NOT NULL,
    windows jsonb NOT NULL,
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    attributes jsonb NOT NULL,
    priority smallint NOT NULL,
    owner text NOT NULL,
    owner_name text NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    block uuid GENERATED ALWAYS AS (
        CASE WHEN state IN ('scheduled', 'done', 'failed') THEN id END
    ) STORED,
    CONSTRAINT event_pkey PRIMARY KEY (id),
    CONSTRAINT event_shape UNIQUE (id, duration_ms, earliest, latest),
    CONSTRAINT event_place UNIQUE (block, instrument, night),
    CONSTRAINT event_night FOREIGN KEY (instrument, night) REFERENCES night (instrument, night),
    CONSTRAINT event_state CHECK (state IN ('scheduled', 'waiting', 'displaced', 'rejected',
        'deleted', 'expired', 'done', 'failed')),
    CONSTRAINT event_priority CHECK (priority BETWEEN 1 AND 5),
    CONSTRAINT event_fits_its_windows
        CHECK (duration_ms >= 1 AND latest - earliest >= duration_ms * interval '1 millisecond')
)
"""

BLOCK = """
CREATE TABLE block (
    id uuid NOT NULL,
    instrument uuid NOT NULL,
    night date NOT NULL,
    dusk timestamptz NOT NULL,
    dawn timestamptz NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    duration_ms bigint NOT NULL,
    event uuid,
    earliest timestamptz,
    latest timestamptz,
    type text,
    attributes jsonb,
    CONSTRAINT block_pkey PRIMARY KEY (id),
    CONSTRAINT block_no_overlap
        EXCLUDE USING gist (instrument WITH =, tstzrange(start_time, end_time, '[)') WITH &&)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT block_night FOREIGN KEY (instrument, night, dusk, dawn)
        REFERENCES night (instrument, night, dusk, dawn) ON UPDATE CASCADE,
    CONSTRAINT block_inside_night CHECK (start_time >= dusk AND end_time <= dawn),
    CONSTRAINT block_duration
        CHECK (duration_ms >= 1 AND end_time - start_time = duration_ms * interval '1 millisecond'),
    CONSTRAINT block_event_shape FOREIGN KEY (event, duration_ms, earliest, latest)
        REFERENCES event (id, duration_ms, earliest, latest) ON UPDATE CASCADE,
    CONSTRAINT block_inside_window CHECK (start_time >= earliest AND end_time <= latest),
    CONSTRAINT block_of_scheduled_event FOREIGN KEY (event, instrument, night)
        REFERENCES event (block, instrument, night) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT block_is_event_or_filler CHECK (
        CASE WHEN event IS NULL
            THEN num_nulls(type, attributes) = 0 AND num_nonnulls(earliest, latest) = 0
            ELSE event = id AND num_nulls(earliest, latest) = 0
                AND num_nonnulls(type, attributes) = 0
        END)
)
"""

SCHEDULED_EVENT_HAS_BLOCK = """
ALTER TABLE event ADD CONSTRAINT scheduled_event_has_block
    FOREIGN KEY (block) REFERENCES block (id) DEFERRABLE INITIALLY DEFERRED
"""

STATE_CHANGE = """
CREATE TABLE state_change (
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    event uuid NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,
    cause text NOT NULL,
    by text NOT NULL,
    CONSTRAINT state_change_pkey PRIMARY KEY (sequence),
    CONSTRAINT state_change_event FOREIGN KEY (event) REFERENCES event (id),
    CONSTRAINT state_change_state CHECK (state IN ('scheduled', 'waiting', 'displaced', 'rejected',
        'deleted', 'expired', 'done', 'failed'))
)
"""

INDEXES = (
    """CREATE INDEX event_wanted ON event (instrument, night)
        WHERE state IN ('scheduled', 'waiting', 'displaced')""",
    """CREATE INDEX event_overdue ON event (instrument, latest)
        WHERE state IN ('waiting', 'displaced')""",
    "CREATE INDEX block_of_night ON block (instrument, night, start_time)",
    "CREATE INDEX block_of_event ON block (event) WHERE event IS NOT NULL",
    "CREATE INDEX block_by_time ON block (instrument, start_time) WHERE event IS NOT NULL",
    "CREATE INDEX state_change_of_event ON state_change (event, sequence)",
)

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of table % refused: it only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$$
"""

STATE_CHANGE_ONLY_GROWS = """
CREATE TRIGGER state_change_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON state_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Create the tables of the schedule."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statement in (NIGHT, EVENT, BLOCK, SCHEDULED_EVENT_HAS_BLOCK, STATE_CHANGE, *INDEXES):
        op.execute(statement)
    op.execute(REFUSE_CHANGE)
    op.execute(STATE_CHANGE_ONLY_GROWS)


def downgrade() -> None:
    """Drop them, with everything in them."""
    op.execute("DROP TABLE state_change")
    op.execute("ALTER TABLE event DROP CONSTRAINT scheduled_event_has_block")
    op.execute("DROP TABLE block")
    op.execute("DROP TABLE event")
    op.execute("DROP TABLE night")
    op.execute("DROP FUNCTION refuse_change")
