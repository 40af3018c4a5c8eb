"""Commands with their outcomes, messages to publish, and the audit trail."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# `body` and `outcome` are json, not jsonb: kept as they were written, so that
# even a request with U+0000 in a text can be kept and answered (jsonb has no room for it).
COMMAND = """
CREATE TABLE command (
    id uuid NOT NULL,
    kind text NOT NULL,
    instrument uuid NOT NULL,
    event uuid NOT NULL,
    subject text NOT NULL,
    body_hash text NOT NULL,
    body json NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    outcome json,
    decided_at timestamptz,
    CONSTRAINT command_pkey PRIMARY KEY (id),
    CONSTRAINT command_decided CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CONSTRAINT command_attempts CHECK (attempts >= 0)
)
"""

KEEP_OUTCOME = """
CREATE FUNCTION keep_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'command % has its outcome and keeps it', OLD.id
        USING ERRCODE = 'integrity_constraint_violation',
              TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$$
"""

COMMAND_DECIDED_ONCE = """
CREATE TRIGGER command_decided_once BEFORE UPDATE ON command
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION keep_outcome()
"""

# Rows live for milliseconds: clean up by their number, not by a share of the table.
OUTBOX = """
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY,
    scheduling_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT outbox_pkey PRIMARY KEY (number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
"""

AUDIT = """
CREATE TABLE audit (
    number bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    command uuid NOT NULL,
    kind text NOT NULL,
    instrument uuid NOT NULL,
    event uuid NOT NULL,
    subject text NOT NULL,
    username text NOT NULL,
    groups text[] NOT NULL,
    request_id text NOT NULL,
    body_hash text NOT NULL,
    status text NOT NULL,
    reasons text[] NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (number)
)
"""

AUDIT_ONLY_GROWS = """
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

INDEXES = (
    "CREATE INDEX outbox_of_group ON outbox (scheduling_group, number)",
    "CREATE INDEX audit_of_event ON audit (event, number)",
)


def upgrade() -> None:
    """Create the tables of the protocol."""
    for statement in (COMMAND, OUTBOX, AUDIT, *INDEXES):
        op.execute(statement)
    op.execute(KEEP_OUTCOME)
    op.execute(COMMAND_DECIDED_ONCE)
    op.execute(AUDIT_ONLY_GROWS)


def downgrade() -> None:
    """Drop them, with everything in them."""
    for table in ("audit", "outbox", "command"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION keep_outcome")
