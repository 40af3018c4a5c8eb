"""The migrations lead to the tables that the code knows, from nothing and from anywhere."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from adapters.postgres.engine import make_engine
from adapters.postgres.schema import MIGRATIONS, migrate
from adapters.postgres.tables import METADATA
from models.errors import Unreachable
from tests.contract.store.databases import connect, options, run

pytestmark = pytest.mark.asyncio

CATALOGUE = {
    "columns": """SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default,
            is_generated, generation_expression, is_identity, identity_generation
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid),
            condeferrable, condeferred
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
"""What tables are made of, as the database itself describes it."""


async def described(url: str) -> dict[str, set[tuple[object, ...]]]:
    """Everything about the tables, but for Alembic's own."""
    connection = await connect(url)
    try:
        return {
            part: {tuple(row) for row in await connection.fetch(query) if "alembic" not in row[0]}
            for part, query in CATALOGUE.items()
        }
    finally:
        await connection.close()


async def test_tables_in_the_code_are_those_in_the_database(
    database: str, empty_database: str
) -> None:
    engine = make_engine(options(empty_database))
    await run(empty_database, "CREATE EXTENSION btree_gist")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    await engine.dispose()
    from_code, migrated = await described(empty_database), await described(database)
    assert from_code == migrated
    assert len(migrated["constraints"]) > 40


async def test_alembic_finds_no_difference_either(database: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    engine = make_engine(options(database))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing(database: str) -> None:
    before = await described(database)
    assert await migrate(database) == "0006"
    assert await described(database) == before


async def test_several_migrations_at_once_are_one(empty_database: str, database: str) -> None:
    code = "import asyncio, sys; from adapters.postgres.schema import migrate;"
    code += "print(asyncio.run(migrate(sys.argv[1])))"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty_database,
            cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    outputs = [await each.communicate() for each in started]
    assert [each.returncode for each in started] == [0, 0, 0]
    assert [output for output, _ in outputs] == [b"0006\n"] * 3
    assert await described(empty_database) == await described(database)


async def test_migration_gives_up_on_a_table_that_stays_locked(database: str) -> None:
    holder = await connect(database)
    try:
        await holder.execute("BEGIN; LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        started = asyncio.get_running_loop().time()
        with pytest.raises(Unreachable, match="LockNotAvailable"):
            await migrate(database)
        assert asyncio.get_running_loop().time() - started < 8
    finally:
        await holder.close()


async def test_every_step_can_be_taken_back(database: str) -> None:
    def downgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    before = await described(database)
    engine = make_engine(options(database))
    async with engine.begin() as connection:
        await connection.run_sync(downgrade)
    await engine.dispose()
    assert (await described(database))["columns"] == set()
    assert await migrate(database) == "0006"
    assert await described(database) == before
