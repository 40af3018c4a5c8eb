"""Digests tell two databases apart by what counts, and by nothing else."""

from __future__ import annotations

import pytest

from adapters.postgres.digest import ROWS, digest
from adapters.postgres.store import PostgresStore
from adapters.postgres.tables import METADATA
from tests.contract.store.databases import options, run
from tests.contract.store.nights import (
    accepted,
    add,
    added,
    block,
    filler,
    fixed,
    message,
    write,
)

pytestmark = pytest.mark.asyncio


async def found(url: str) -> dict[str, tuple[int, str]]:
    return {each.table: (each.rows, each.digest) for each in await digest(url)}


async def test_every_table_counts_but_messages_and_downloads() -> None:
    assert set(METADATA.tables) - set(ROWS) == {"outbox", "download"}


async def test_what_is_worked_on_again_has_the_same_digest(database: str) -> None:
    empty = await found(database)
    assert {rows for rows, _ in empty.values()} == {0}
    event = fixed(0)
    odd = add(fixed(30)).model_copy(update={"request_id": "with \x00 in it"})
    async with PostgresStore(options(database)).lead("faim") as desk:
        await write(desk, [block(event), filler(60)], new=[accepted(event)])
        async with desk.transaction() as work:
            await work.save_outcomes([(odd, added(odd))], [message(b"1")])
    full = await found(database)
    assert {name for name in full if full[name] != empty[name]} >= {
        "night",
        "event",
        "block",
        "command",
        "audit",
    }
    await run(
        database,
        "UPDATE block SET id = gen_random_uuid() WHERE event IS NULL",
        "UPDATE night SET planned_at = clock_timestamp()",
        "DELETE FROM outbox",
    )
    assert await found(database) == full
    await run(database, "UPDATE event SET owner_name = 'somebody else'")
    other = await found(database)
    assert {name for name in full if full[name] != other[name]} == {"event"}
