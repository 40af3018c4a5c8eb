"""Who may do what: one role for each process, with nothing it does not need.

The roles cannot log in. Whoever runs a service gives its login the membership
(``GRANT nightplan_scheduler TO ...``) and names the role in the service's settings.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = ("nightplan_scheduler", "nightplan_sidecar", "nightplan_backup")

# Roles belong to the whole server: another database of it may have made them already,
# or be making them at this very moment.
CREATE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$
"""

GRANTS = (
    "GRANT SELECT, INSERT, UPDATE ON night, event, command TO nightplan_scheduler",
    "GRANT SELECT, INSERT, DELETE ON block, outbox TO nightplan_scheduler",
    "GRANT SELECT, INSERT ON state_change, audit TO nightplan_scheduler",
    "GRANT SELECT ON night, event, block, state_change, command TO nightplan_sidecar",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO nightplan_backup",
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO nightplan_backup",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO nightplan_backup",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO nightplan_backup",
)


def upgrade() -> None:
    """Create the roles that are missing and grant them what they need."""
    for role in ROLES:
        op.execute(CREATE_ROLE.format(role=role))
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    """Take all rights away; the roles stay, they belong to the whole server."""
    for role in ROLES:
        op.execute(f"DROP OWNED BY {role}")
