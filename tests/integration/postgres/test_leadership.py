"""Who loses the session loses the right to write; nothing half-written is left."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]
import pytest

from adapters.postgres.reader import PostgresReader
from adapters.postgres.store import PostgresDesk, PostgresStore, lock_key
from models.errors import Unreachable
from tests.contract.store.databases import connect, options
from tests.contract.store.nights import (
    DATE,
    INSTRUMENT,
    NIGHT,
    accepted,
    add,
    added,
    block,
    fixed,
    message,
    update,
    write,
)

pytestmark = pytest.mark.asyncio

HOLDERS = """SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND (classid::bigint << 32 | objid::bigint) = $1 AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())"""


async def holders(connection: asyncpg.Connection, group: str = "faim") -> list[int]:
    """The server processes that hold the group's lock."""
    return [row["pid"] for row in await connection.fetch(HOLDERS, lock_key(group))]


async def end_leader(connection: asyncpg.Connection) -> None:
    """End the session of whoever leads, as its death would."""
    (pid,) = await holders(connection)
    assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)


async def half_done(desk: PostgresDesk, connection: asyncpg.Connection, event_id: UUID) -> None:
    """Write everything of a decision, lose the session, then try to commit."""
    event = fixed(0).model_copy(update={"id": event_id})
    command = add(event)
    async with desk.transaction() as work:
        before = await work.lock_night(INSTRUMENT, NIGHT)
        await work.save_night(update(before, [block(event)], added=[accepted(event)]))
        await work.save_outcomes([(command, added(command))], [message(b"1")])
        await end_leader(connection)


async def test_key_of_a_group_is_the_same_for_ever() -> None:
    assert lock_key("faim") == 5914759526203843452
    assert lock_key("lidar") != lock_key("faim")


async def test_standby_takes_over_when_the_leaders_session_ends(database: str) -> None:
    connection = await connect(database)
    took: list[float] = []
    store = PostgresStore(options(database))

    async def stand_by() -> None:
        async with store.lead("faim") as desk:
            took.append(time.perf_counter())
            await desk.read_outbox(1)

    async with store.lead("faim") as desk:
        waiting = asyncio.create_task(stand_by())
        await asyncio.sleep(0.3)
        assert len(await holders(connection)) == 1
        ended = time.perf_counter()
        await end_leader(connection)
        await waiting
        assert took[0] - ended < 0.5
        with pytest.raises(Unreachable):
            await desk.read_outbox(1)
    await connection.close()


async def test_lost_session_in_a_transaction_leaves_nothing(database: str) -> None:
    connection = await connect(database)
    reader = PostgresReader(options(database))
    event = fixed(0).id
    async with PostgresStore(options(database)).lead("faim") as desk:
        with pytest.raises(Unreachable):
            await half_done(desk, connection, event)
        with pytest.raises(Unreachable, match="lost"):  # and never connects anew by itself
            await desk.find_unplanned([(INSTRUMENT, DATE)])
        with pytest.raises(Unreachable, match="lost"):
            await write(desk, [])
    assert await reader.find_event(event) is None
    assert await reader.find_command(event) is None
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    await reader.close()
    await connection.close()


async def test_leader_that_stands_still_in_a_transaction_is_thrown_out(database: str) -> None:
    store = PostgresStore(options(database, idle_in_transaction_timeout=0.3))

    async def stand_still(desk: PostgresDesk) -> None:
        async with desk.transaction() as work:
            await work.lock_night(INSTRUMENT, NIGHT)
            await asyncio.sleep(0.6)
            await work.now()

    async with store.lead("faim") as desk:
        with pytest.raises(Unreachable):
            await stand_still(desk)
        async with store.lead("faim") as successor:
            await write(successor, [])


async def test_leader_shows_that_it_is_alive(database: str) -> None:
    async with PostgresStore(options(database, session_timeout=0.6)).lead("faim") as desk:
        await asyncio.sleep(1.5)
        assert list(await desk.read_outbox(1)) == []


async def test_leader_that_hangs_loses_its_place(database: str) -> None:
    store = PostgresStore(options(database, session_timeout=0.6))
    async with store.lead("faim") as desk:
        time.sleep(1.2)  # noqa: ASYNC251 - as a stopped process does
        async with store.lead("faim") as successor:
            await write(successor, [])
            with pytest.raises(Unreachable):
                await desk.read_outbox(1)


async def test_standby_waits_longer_than_any_time_limit(database: str) -> None:
    patient = options(database, lock_timeout=0.2, statement_timeout=0.4, command_timeout=0.6)
    connection = await connect(database)

    async def stand_by() -> float:
        async with PostgresStore(patient).lead("faim"):
            return time.perf_counter()

    async with PostgresStore(options(database)).lead("faim"):
        waiting = asyncio.create_task(stand_by())
        await asyncio.sleep(1.5)
        assert not waiting.done()
        ended = time.perf_counter()
        await end_leader(connection)
        assert await waiting - ended < 0.5
    await connection.close()


async def test_slow_answer_is_no_answer(database: str) -> None:
    other = await connect(database)
    impatient = options(database, lock_timeout=0.2)
    event = fixed(0)
    async with PostgresStore(options(database)).lead("faim") as desk:
        await write(desk, [block(event)], new=[accepted(event)])
    await other.execute("BEGIN; LOCK TABLE night IN ACCESS EXCLUSIVE MODE")
    async with PostgresStore(impatient).lead("faim") as desk:
        with pytest.raises(Unreachable, match="lock a night"):
            await write(desk, [])
    await other.close()


async def test_failed_statement_that_was_swallowed_is_not_committed(database: str) -> None:
    """The server answers COMMIT after a failed statement with a rollback and no error."""
    other = await connect(database)
    command = add(fixed(0))

    async def decide(desk: PostgresDesk) -> None:
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [])
            with suppress(Unreachable):
                await work.lock_night(INSTRUMENT, NIGHT)

    async with PostgresStore(options(database)).lead("faim") as desk:
        await write(desk, [])
    await other.execute("BEGIN; LOCK TABLE night IN ACCESS EXCLUSIVE MODE")
    async with PostgresStore(options(database, lock_timeout=0.2)).lead("faim") as desk:
        with pytest.raises(Unreachable):
            await decide(desk)
    await other.execute("ROLLBACK")
    assert await other.fetchval("SELECT count(*) FROM command") == 0
    await other.close()


async def test_cancelled_transaction_leaves_nothing_and_the_desk_says_what_it_is(
    database: str,
) -> None:
    connection = await connect(database)
    command = add(fixed(0))

    async def decide(desk: PostgresDesk) -> None:
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [message(b"1")])
            await asyncio.sleep(10)

    async with PostgresStore(options(database)).lead("faim") as desk:
        deciding = asyncio.create_task(decide(desk))
        await asyncio.sleep(0.2)
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
        assert list(await desk.read_outbox(1)) == []  # cancelled between statements: still good
    await connection.close()


async def test_reader_outlives_the_death_of_its_connections(database: str) -> None:
    connection = await connect(database)
    reader = PostgresReader(options(database, pool_size=3, read_only=True))
    for _ in range(3):
        await asyncio.gather(*(reader.probe() for _ in range(3)))
        ended = await connection.fetch(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        assert len(ended) == 3
        assert await reader.find_version(INSTRUMENT, DATE) is None
    await reader.close()
    await connection.close()


async def test_database_that_is_not_there() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/nightplan"
    reader = PostgresReader(options(nowhere, connect_timeout=0.5))
    for attempt in (
        _lead_once(PostgresStore(options(nowhere, connect_timeout=0.5))),
        reader.probe(),
    ):
        with pytest.raises(Unreachable, match="database"):
            await attempt


async def test_database_without_tables(empty_database: str) -> None:
    reader = PostgresReader(options(empty_database))
    with pytest.raises(Unreachable, match="night"):
        await reader.probe()


async def _lead_once(store: PostgresStore) -> None:
    async with store.lead("faim"):
        pytest.fail("led a group of no database")
