"""What version 2 of the HTTP interface asks for: conditions, maintenance, series, revisions.

Revisions are kept as differences: a plan is what all differences up to it make of
nothing. They share the numbers of the state changes, so that both make one feed.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EVENT = """
ALTER TABLE event
    ADD COLUMN on_conflict text NOT NULL DEFAULT 'reject',
    ADD COLUMN after jsonb,
    ADD COLUMN together_with uuid,
    ADD COLUMN series uuid,
    ADD COLUMN changed_at timestamptz,
    ADD CONSTRAINT event_on_conflict CHECK (on_conflict IN ('reject', 'wait'))
"""

MAINTENANCE = """
CREATE TABLE maintenance (
    id uuid NOT NULL,
    instrument uuid NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    note text NOT NULL,
    owner text NOT NULL,
    owner_name text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT maintenance_pkey PRIMARY KEY (id),
    CONSTRAINT maintenance_has_length CHECK (start_time < end_time)
)
"""

SERIES = """
CREATE TABLE series (
    id uuid NOT NULL,
    instrument uuid NOT NULL,
    series json NOT NULL,
    caller json NOT NULL,
    generation integer NOT NULL,
    horizon date,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT series_pkey PRIMARY KEY (id)
)
"""

PLAN_REVISION = """
CREATE TABLE plan_revision (
    sequence bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('state_change', 'sequence')),
    instrument uuid NOT NULL,
    night date NOT NULL,
    revision integer NOT NULL,
    planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    quality jsonb,
    requested_ms bigint NOT NULL,
    filled_ms bigint NOT NULL,
    idle_ms bigint NOT NULL,
    removed uuid[] NOT NULL,
    added json NOT NULL,
    moved integer NOT NULL,
    displaced integer NOT NULL,
    CONSTRAINT plan_revision_pkey PRIMARY KEY (instrument, night, revision),
    CONSTRAINT plan_revision_night
        FOREIGN KEY (instrument, night) REFERENCES night (instrument, night)
)
"""

PLAN_REVISION_ONLY_GROWS = """
CREATE TRIGGER plan_revision_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON plan_revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

DOWNLOAD = """
CREATE TABLE download (
    number bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    instrument uuid NOT NULL,
    night date NOT NULL,
    revision integer NOT NULL,
    format text NOT NULL,
    subject text NOT NULL,
    username text NOT NULL,
    request_id text NOT NULL,
    CONSTRAINT download_pkey PRIMARY KEY (number)
)
"""

DOWNLOAD_ONLY_GROWS = """
CREATE TRIGGER download_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON download
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

# Plans of an earlier version have their last revision only.
FIRST_REVISIONS = """
INSERT INTO plan_revision (instrument, night, revision, planned_at, quality, requested_ms,
                           filled_ms, idle_ms, removed, added, moved, displaced)
SELECT instrument, night, revision, planned_at, quality, requested_ms, filled_ms, idle_ms, '{}',
       (SELECT coalesce(json_agg(json_build_object(
                   'id', block.id, 'type', coalesce(block.type, event.type),
                   'start', block.start_time, 'end', block.end_time,
                   'attributes', coalesce(block.attributes, event.attributes),
                   'filler', block.event IS NULL) ORDER BY block.start_time), '[]')
        FROM block LEFT JOIN event ON event.id = block.event
        WHERE block.instrument = night.instrument AND block.night = night.night), 0, 0
FROM night WHERE planned_at IS NOT NULL
"""

INDEXES = (
    "CREATE INDEX maintenance_of_instrument ON maintenance (instrument, end_time) "
    "WHERE ended_at IS NULL",
    "CREATE INDEX event_of_series ON event (series, night) WHERE series IS NOT NULL",
    "CREATE INDEX event_together ON event (together_with) WHERE together_with IS NOT NULL",
    "CREATE INDEX event_of_instrument ON event (instrument, earliest, id)",
    "CREATE INDEX plan_revision_by_sequence ON plan_revision (sequence)",
    "CREATE INDEX download_of_night ON download (instrument, night, number)",
    "CREATE INDEX series_that_go_on ON series (instrument) WHERE ended_at IS NULL",
)

GRANTS = (
    "GRANT SELECT, INSERT, UPDATE ON maintenance, series TO nightplan_scheduler",
    "GRANT SELECT, INSERT ON plan_revision, download TO nightplan_scheduler",
    "GRANT USAGE ON SEQUENCE state_change_sequence_seq TO nightplan_scheduler",
    "GRANT SELECT ON maintenance, series, plan_revision, download TO nightplan_sidecar",
    "GRANT SELECT ON maintenance, series, plan_revision, download TO nightplan_backup",
)

TABLES = ("download", "plan_revision", "series", "maintenance")


def upgrade() -> None:
    """Add columns and tables; a running scheduler of the version before does not mind them."""
    for statement in (
        EVENT, MAINTENANCE, SERIES, PLAN_REVISION, DOWNLOAD, FIRST_REVISIONS,
        PLAN_REVISION_ONLY_GROWS, DOWNLOAD_ONLY_GROWS, *INDEXES, *GRANTS,
    ):  # fmt: skip
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX event_of_instrument")
    op.execute(
        "ALTER TABLE event DROP COLUMN on_conflict, DROP COLUMN after, DROP COLUMN together_with, "
        "DROP COLUMN series, DROP COLUMN changed_at"
    )
