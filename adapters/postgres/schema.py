"""The schema's state: bring it up to date, and say which revision it has."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from adapters.postgres.engine import DatabaseOptions, make_engine
from adapters.postgres.refusals import translated

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

MIGRATION_LOCK = 0x6E69676874706C6E
"""The key of the advisory lock that lets one migration run at a time: ``nightpln`` in ASCII."""

_ALONE = text("SELECT pg_advisory_xact_lock(:key)")
# A table that is in use is waited for, but not for long: everybody else who wants
# it would have to wait behind the migration.
_IN_NOBODYS_WAY = text("SET LOCAL lock_timeout = '5s'")


async def migrate(url: str) -> str:
    """Apply every revision that the database does not have yet, all or none.

    Safe to run at any time, any number of times, and by several at once: one
    works, the others wait for it and then find nothing to do.

    Parameters
    ----------
    url
        The database, as in :class:`DatabaseOptions`; its login owns the tables.

    Returns
    -------
    str
        The revision that the database has now.

    Raises
    ------
    models.errors.Unreachable
        The database does not answer, or a table stayed locked.
    """
    options = DatabaseOptions(
        url=url,
        application_name="nightplan migrate",
        command_timeout=600.0,
        statement_timeout=0.0,
        lock_timeout=0.0,
        idle_in_transaction_timeout=60.0,
    )
    engine = make_engine(options)
    try:
        with translated("migrate"):
            async with engine.begin() as connection:
                await connection.execute(_ALONE, {"key": MIGRATION_LOCK})
                await connection.execute(_IN_NOBODYS_WAY)
                await connection.run_sync(_upgrade)
                revision = await connection.run_sync(_revision)
    finally:
        await engine.dispose()
    return revision or ""


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
