"""What version 2 looks back at: an instrument's feed, and events in several orders.

A state change says of itself whose it is, so that the feed of a quiet instrument is
found without looking at what happened to the others. A trigger fills that in: a
running scheduler of the version before does not know of it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATE_CHANGE = "ALTER TABLE state_change ADD COLUMN instrument uuid, ADD COLUMN night date"

PLACE_CHANGE = """
CREATE FUNCTION place_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT event.instrument, event.night INTO NEW.instrument, NEW.night
    FROM event WHERE event.id = NEW.event;
    RETURN NEW;
END $$
"""

STATE_CHANGE_PLACED = """
CREATE TRIGGER state_change_placed BEFORE INSERT ON state_change
    FOR EACH ROW EXECUTE FUNCTION place_change()
"""

# History is only added to, but for this once.
FILL_IN = (
    "ALTER TABLE state_change DISABLE TRIGGER state_change_only_grows",
    "UPDATE state_change SET instrument = event.instrument, night = event.night "
    "FROM event WHERE event.id = state_change.event",
    "ALTER TABLE state_change ENABLE TRIGGER state_change_only_grows",
)

INDEXES = (
    "CREATE INDEX state_change_of_instrument ON state_change (instrument, sequence)",
    "CREATE INDEX event_without_block ON event (instrument, earliest, id) WHERE block IS NULL",
    "CREATE INDEX event_by_creation ON event (instrument, created_at, id)",
    "CREATE INDEX event_by_priority ON event (instrument, priority, id)",
    "CREATE INDEX event_of_owner ON event (instrument, owner)",
    "CREATE INDEX event_span ON event USING gist (instrument, tstzrange(earliest, latest, '[)'))",
    "DROP INDEX plan_revision_by_sequence",
    "CREATE INDEX plan_revision_of_instrument ON plan_revision (instrument, sequence)",
)


def upgrade() -> None:
    """Add the columns, what fills them, and the indexes."""
    for statement in (STATE_CHANGE, PLACE_CHANGE, STATE_CHANGE_PLACED, *FILL_IN, *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX plan_revision_of_instrument")
    op.execute("CREATE INDEX plan_revision_by_sequence ON plan_revision (sequence)")
    for index in ("span", "of_owner", "by_priority", "by_creation", "without_block"):
        op.execute(f"DROP INDEX event_{index}")
    op.execute("DROP TRIGGER state_change_placed ON state_change")
    op.execute("DROP FUNCTION place_change")
    op.execute("ALTER TABLE state_change DROP COLUMN instrument, DROP COLUMN night")
