"""The database refuses what must never be, whoever writes it: here the owner, in plain SQL."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from adapters.postgres.refusals import RULES
from adapters.postgres.store import PostgresStore
from models.event import Event
from tests.contract.store.databases import connect, options
from tests.contract.store.nights import (
    DATE,
    DAWN,
    DUSK,
    INSTRUMENT,
    accepted,
    add,
    added,
    after_dusk,
    block,
    filler,
    fixed,
    flexible,
    message,
    write,
)

pytestmark = pytest.mark.asyncio

FILLER = """INSERT INTO block (id, instrument, night, dusk, dawn, start_time, end_time, duration_ms,
    type, attributes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'scan', '{}')"""
MOVE = """UPDATE block SET start_time = start_time + $2::interval,
    end_time = end_time + $2::interval WHERE id = $1"""


@pytest_asyncio.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection with all rights."""
    opened = await connect(database)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def planned(database: str) -> tuple[Event, Event]:
    """Two flexible events, side by side in minutes 0 to 20, then a filler."""
    first, second = flexible(0, 120), flexible(0, 120)
    async with PostgresStore(options(database)).lead("faim") as desk:
        blocks = [block(first, 0), block(second, 10), filler(20, 2)]
        await write(desk, blocks, new=[accepted(first), accepted(second)])
        command = add(fixed(40))
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [message(b"1")])
    return first, second


def a_filler(
    start: datetime, end: datetime, *, milliseconds: int | None = None, **others: Any
) -> tuple[object, ...]:
    """The arguments of ``FILLER``."""
    given = {"night": DATE, "dusk": DUSK, "dawn": DAWN, **others}
    lasts = (end - start) // timedelta(milliseconds=1) if milliseconds is None else milliseconds
    horizon = (given["night"], given["dusk"], given["dawn"])
    return (uuid4(), INSTRUMENT, *horizon, start, end, lasts)


async def refused(
    connection: asyncpg.Connection, rule: str, statement: str, *given: object
) -> None:
    """The statement, or its commit, is refused by the rule of this name."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await connection.execute(statement, *given)
    assert caught.value.constraint_name == rule
    assert rule in RULES


async def test_overlap(connection: asyncpg.Connection, planned: tuple[Event, Event]) -> None:
    overlapping = a_filler(after_dusk(19), after_dusk(21))
    await refused(connection, "block_no_overlap", FILLER, *overlapping)
    inside = a_filler(after_dusk(2), after_dusk(3))
    await refused(connection, "block_no_overlap", FILLER, *inside)
    longer = timedelta(minutes=5)
    await refused(connection, "block_no_overlap", MOVE, planned[0].id, longer)


@pytest.mark.usefixtures("planned")
async def test_blocks_may_touch(connection: asyncpg.Connection) -> None:
    await connection.execute(FILLER, *a_filler(after_dusk(22), after_dusk(24)))
    await connection.execute(FILLER, *a_filler(after_dusk(24), after_dusk(26)))


async def test_blocks_may_swap_places_within_a_transaction(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    async with connection.transaction():
        await connection.execute(MOVE, planned[0].id, timedelta(minutes=10))
        await connection.execute(MOVE, planned[1].id, timedelta(minutes=-10))
    starts = await connection.fetch(
        "SELECT id FROM block WHERE event IS NOT NULL ORDER BY start_time"
    )
    assert [row["id"] for row in starts] == [planned[1].id, planned[0].id]


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(("start", "end"), [(-1, 1), (839, 841), (-10, -5), (900, 902)])
async def test_outside_the_night(connection: asyncpg.Connection, start: float, end: float) -> None:
    outside = a_filler(after_dusk(start), after_dusk(end))
    await refused(connection, "block_inside_night", FILLER, *outside)


@pytest.mark.usefixtures("planned")
async def test_a_night_of_its_own_making(connection: asyncpg.Connection) -> None:
    wider = a_filler(after_dusk(-5), after_dusk(-3), dusk=after_dusk(-60))
    await refused(connection, "block_night", FILLER, *wider)
    unknown = a_filler(after_dusk(30), after_dusk(32), night=DATE + timedelta(days=1))
    await refused(connection, "block_night", FILLER, *unknown)


@pytest.mark.usefixtures("planned")
async def test_horizon_moves_with_its_blocks_and_not_across_them(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute("UPDATE night SET dawn = $1", DAWN + timedelta(minutes=1))
    assert await connection.fetchval("SELECT DISTINCT dawn FROM block") == DAWN + timedelta(
        minutes=1
    )
    later = "UPDATE night SET dusk = $1"
    await refused(connection, "block_inside_night", later, after_dusk(5))
    backwards = "UPDATE night SET dusk = $1"
    await refused(connection, "night_dusk_before_dawn", backwards, after_dusk(2000))


@pytest.mark.usefixtures("planned")
async def test_wrong_duration(connection: asyncpg.Connection) -> None:
    wrong = a_filler(after_dusk(30), after_dusk(32), milliseconds=119_999)
    await refused(connection, "block_duration", FILLER, *wrong)
    backwards = a_filler(after_dusk(32), after_dusk(30))
    await refused(connection, "block_duration", FILLER, *backwards)
    empty = a_filler(after_dusk(30), after_dusk(30))
    await refused(connection, "block_duration", FILLER, *empty)


async def test_duration_other_than_the_events(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    shorter = """UPDATE block SET end_time = end_time - interval '1 s',
        duration_ms = duration_ms - 1000 WHERE id = $1"""
    await refused(connection, "block_event_shape", shorter, planned[0].id)
    request = "UPDATE event SET duration_ms = duration_ms - 1000 WHERE id = $1"
    await refused(connection, "block_duration", request, planned[0].id)


async def test_outside_the_events_windows(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    await refused(connection, "block_inside_window", MOVE, planned[0].id, timedelta(minutes=115))


async def test_scheduled_means_exactly_one_block(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    first = planned[0].id
    state = "UPDATE event SET state = $2 WHERE id = $1"
    await refused(connection, "block_of_scheduled_event", state, first, "displaced")
    gone = "DELETE FROM block WHERE id = $1"
    await refused(connection, "scheduled_event_has_block", gone, first)
    async with connection.transaction():
        await connection.execute(gone, first)
        await connection.execute(state, first, "displaced")
    await refused(connection, "scheduled_event_has_block", state, first, "scheduled")
    await connection.execute(state, planned[1].id, "done")  # what has run keeps its place


async def test_block_is_an_events_or_a_filler(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    second_block = """INSERT INTO block SELECT $2, instrument, night, dusk, dawn,
        start_time + interval '1 hour', end_time + interval '1 hour', duration_ms,
        event, earliest, latest FROM block WHERE id = $1"""
    await refused(connection, "block_is_event_or_filler", second_block, planned[0].id, uuid4())
    typed = "UPDATE block SET type = 'scan' WHERE id = $1"
    await refused(connection, "block_is_event_or_filler", typed, planned[0].id)
    nameless = "UPDATE block SET type = NULL WHERE event IS NULL"
    await refused(connection, "block_is_event_or_filler", nameless)


async def test_block_of_another_night_or_instrument(
    connection: asyncpg.Connection, planned: tuple[Event, Event]
) -> None:
    other = uuid4()
    await connection.execute(
        "INSERT INTO night (instrument, night, dusk, dawn) VALUES ($1, $2, $3, $4)",
        *(other, DATE, DUSK, DAWN),
    )
    elsewhere = "UPDATE block SET instrument = $2 WHERE id = $1"
    await refused(connection, "block_of_scheduled_event", elsewhere, planned[0].id, other)


@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("event_state", "state", "lost"),
        ("event_priority", "priority", 0),
        ("event_priority", "priority", 6),
        ("event_fits_its_windows", "latest", after_dusk(9)),
        ("event_night", "night", DATE + timedelta(days=1)),
    ],
)
async def test_event_makes_sense(
    connection: asyncpg.Connection, planned: tuple[Event, Event], rule: str, column: str, value: Any
) -> None:
    statement = f"UPDATE event SET {column} = $2 WHERE id = $1"  # noqa: S608 - from the list above
    await refused(connection, rule, statement, planned[0].id, value)


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize("table", ["audit", "state_change"])
async def test_history_and_audit_only_grow(connection: asyncpg.Connection, table: str) -> None:
    for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608 - from the list above
        await refused(connection, f"{table}_only_grows", change)
    column = {"audit": "status", "state_change": "cause"}[table]
    rewrite = f"UPDATE {table} SET {column} = 'nothing happened'"  # noqa: S608 - as above
    await refused(connection, f"{table}_only_grows", rewrite)


@pytest.mark.usefixtures("planned")
async def test_outcome_never_changes(connection: asyncpg.Connection) -> None:
    other = json.dumps({"status": "rejected"})
    await refused(connection, "command_decided_once", "UPDATE command SET outcome = $1", other)
    await refused(connection, "command_decided_once", "UPDATE command SET attempts = 0")
    undecided = (
        "INSERT INTO command (id, kind, instrument, event, subject, body_hash, body, outcome)"
    )
    values = "VALUES ($1, 'add', $1, $1, '', '', '{}', '{}')"
    await refused(connection, "command_decided", f"{undecided} {values}", uuid4())


async def test_every_rule_has_its_sentence(connection: asyncpg.Connection) -> None:
    named = await connection.fetch(
        """SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
           WHERE pg_class.relnamespace = 'public'::regnamespace
             AND contype IN ('c', 'f', 'x') AND relname <> 'alembic_version'
           UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname <> $1""",
        "state_change_placed",  # fills in and refuses nothing
    )
    assert {row["conname"] for row in named} <= set(RULES)
