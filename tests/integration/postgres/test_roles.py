"""Each process has the rights that it needs, and no others."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]
import pytest

from adapters.postgres.reader import PostgresReader
from adapters.postgres.store import PostgresStore
from models.errors import Unreachable
from models.event import State
from models.reading import EventFilter
from tests.contract.store.databases import connect, options
from tests.contract.store.nights import (
    DATE,
    INSTRUMENT,
    accepted,
    add,
    added,
    block,
    change,
    filler,
    fixed,
    message,
    write,
)

pytestmark = pytest.mark.asyncio

READ = ("night", "event", "block", "state_change", "command")
RIGHTS = {
    "nightplan_scheduler": {
        "night": "SELECT INSERT UPDATE",
        "event": "SELECT INSERT UPDATE",
        "command": "SELECT INSERT UPDATE",
        "block": "SELECT INSERT DELETE",
        "outbox": "SELECT INSERT DELETE",
        "state_change": "SELECT INSERT",
        "audit": "SELECT INSERT",
        "maintenance": "SELECT INSERT UPDATE",
        "series": "SELECT INSERT UPDATE",
        "plan_revision": "SELECT INSERT",
        "download": "SELECT INSERT",
    },
    "nightplan_sidecar": dict.fromkeys(
        (*READ, "maintenance", "series", "plan_revision", "download"), "SELECT"
    ),
    "nightplan_backup": dict.fromkeys(
        (
            "night",
            "event",
            "block",
            "state_change",
            "command",
            "outbox",
            "audit",
            "maintenance",
            "series",
            "plan_revision",
            "download",
            "alembic_version",
        ),
        "SELECT",
    ),
}
"""What each role may do with each table; nothing with a table that is not named."""

GRANTED = """
    SELECT relname, privilege FROM pg_class,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
            AS privilege
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND has_table_privilege($1, pg_class.oid, privilege)
"""


@pytest.mark.parametrize("role", RIGHTS)
async def test_role_has_exactly_these_rights(database: str, role: str) -> None:
    connection = await connect(database)
    granted = {tuple(row) for row in await connection.fetch(GRANTED, role)}
    traits = await connection.fetchrow(
        """SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
            has_schema_privilege($1, 'public', 'CREATE') FROM pg_roles WHERE rolname = $1""",
        role,
    )
    await connection.close()
    expected = {(table, each) for table, rights in RIGHTS[role].items() for each in rights.split()}
    assert granted == expected
    assert not any(traits)


async def test_scheduler_can_do_its_whole_work(database: str) -> None:
    kept, loses = fixed(0), fixed(20)
    command = add(kept)
    store = PostgresStore(options(database, role="nightplan_scheduler", session_timeout=3.0))
    async with store.lead("faim") as desk:
        await desk.count_attempts([command])
        both = [accepted(kept), accepted(loses)]
        await write(desk, [block(kept), block(loses), filler(12)], new=both)
        await write(desk, [block(kept)], changes=[change(loses, State.DISPLACED)])
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [message(b"1")])
        await desk.clear_outbox([each.number for each in await desk.read_outbox(10)])
        await desk.find_unplanned([(INSTRUMENT, DATE)])
        await desk.find_overdue([INSTRUMENT])
        await desk.show_alive()


async def test_sidecar_can_read_and_nothing_else(database: str) -> None:
    async with PostgresStore(options(database)).lead("faim") as desk:
        await write(desk, [filler(0)])
    reader = PostgresReader(
        options(database, role="nightplan_sidecar", pool_size=1, read_only=True)
    )
    await reader.probe()
    schedule = await reader.read_schedule(INSTRUMENT, DATE)
    assert schedule is not None
    assert await reader.list_events(INSTRUMENT) == ()
    for sort in ("start_time", "-created_at", "priority"):
        await reader.find_events(INSTRUMENT, EventFilter(), sort=sort, size=1, after=None)
    assert len(await reader.read_nights(INSTRUMENT, DATE, DATE)) == 1
    assert await reader.read_revision(INSTRUMENT, DATE, 1) == schedule
    assert len(await reader.read_feed(INSTRUMENT, 0, 5)) == 1
    await reader.list_maintenance(INSTRUMENT, None, None)
    await reader.find_maintenance(INSTRUMENT, INSTRUMENT)
    await reader.list_downloads(INSTRUMENT, DATE)
    await reader.close()
    with pytest.raises(Unreachable, match="permission denied"):
        async with PostgresStore(options(database, role="nightplan_sidecar")).lead("faim") as desk:
            await desk.count_attempts([add(fixed(0))])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit",
        "UPDATE state_change SET cause = ''",
        "TRUNCATE state_change",
        "DELETE FROM event",
        "DELETE FROM night",
        "DELETE FROM command",
        "UPDATE block SET start_time = start_time",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_only_grows ON audit",
        "CREATE TABLE mine (id int)",
        "SET ROLE nightplan_backup",
    ],
)
async def test_scheduler_cannot_rewrite_the_past(database: str, statement: str) -> None:
    connection = await connect(database)
    await connection.execute("CREATE ROLE night_login LOGIN NOINHERIT IN ROLE nightplan_scheduler")
    try:
        await connection.execute(
            "SET SESSION AUTHORIZATION night_login; SET ROLE nightplan_scheduler"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.execute("RESET SESSION AUTHORIZATION")
        await connection.execute("DROP ROLE night_login")
        await connection.close()


async def test_role_that_does_not_exist_is_noticed_at_once(database: str) -> None:
    reader = PostgresReader(options(database, role="nightplan_nobody"))
    with pytest.raises(Unreachable, match="nightplan_nobody"):
        await reader.probe()
