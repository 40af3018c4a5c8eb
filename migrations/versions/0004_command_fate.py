"""When a command's caller stops waiting, and the idempotency key it came with.

Both are null in rows of an earlier version, which are decided or forgotten.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a running scheduler of the version before does not mind them."""
    op.execute("ALTER TABLE command ADD COLUMN expires_at timestamptz, ADD COLUMN key uuid")
    op.execute("CREATE INDEX command_by_key ON command (key) WHERE key IS NOT NULL")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE command DROP COLUMN expires_at, DROP COLUMN key")
