"""What was stored by an earlier version is looked back at like everything else."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from adapters.postgres.engine import make_engine
from adapters.postgres.reader import PostgresReader
from adapters.postgres.schema import MIGRATIONS, migrate
from adapters.postgres.store import PostgresStore
from models.event import State
from tests.contract.store.databases import options, run
from tests.contract.store.nights import (
    DATE,
    INSTRUMENT,
    accepted,
    after_dusk,
    block,
    change,
    fixed,
    write,
)

pytestmark = pytest.mark.asyncio

NIGHT_OF_THEN = """
    INSERT INTO night (instrument, night, dusk, dawn, revision, quality, requested_ms, filled_ms,
                       idle_ms, planned_at)
    VALUES ('0d6d7c2a-1c5d-4a43-8a0f-6a1d6b0a9f11', '2026-11-21', '2026-11-21T16:00Z',
            '2026-11-22T06:00Z', 7,
            '{"status": "optimal", "objective": "duration", "value": 1, "bound": 1, "gap": 0.0,
              "solve_ms": 1.5}', 600000, 120000, 0, '2026-11-20T12:00:00.123456Z')
"""
EVENTS_OF_THEN = """
    INSERT INTO event (id, instrument, night, type, duration_ms, windows, earliest, latest,
                       attributes, priority, owner, owner_name, state, created_at)
    SELECT CAST(id AS uuid), instrument, night, 'static', 600000,
           jsonb_build_array(jsonb_build_object('start', dusk, 'end', dusk + '10 minutes')), dusk,
           dusk + '10 minutes', '{"zenith": "60.300"}', 3, 'somebody', 'Somebody', state, planned_at
    FROM night, (VALUES ('11111111-1111-4111-8111-111111111111', 'scheduled'),
                        ('22222222-2222-4222-8222-222222222222', 'displaced')) AS e (id, state)
"""
BLOCKS_OF_THEN = """
    INSERT INTO block (id, instrument, night, dusk, dawn, start_time, end_time, duration_ms, event,
                       earliest, latest)
    SELECT event.id, instrument, night, dusk, dawn, earliest, latest, 600000, event.id, earliest,
           latest FROM event JOIN night USING (instrument, night) WHERE state = 'scheduled'
"""
FILLER_OF_THEN = """
    INSERT INTO block (id, instrument, night, dusk, dawn, start_time, end_time, duration_ms, type,
                       attributes)
    SELECT gen_random_uuid(), instrument, night, dusk, dawn, dusk + '20 minutes',
           dusk + '22 minutes', 120000, 'scan', '{}' FROM night
"""
HISTORY_OF_THEN = """
    INSERT INTO state_change (event, at, state, cause, by)
    SELECT id, created_at, state, 'as asked', owner FROM event ORDER BY id
"""


async def upgrade_to(url: str, revision: str) -> None:
    """Bring a database to an earlier version's schema."""

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = make_engine(options(url))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def test_plans_and_history_of_an_earlier_version_are_there(empty_database: str) -> None:
    await upgrade_to(empty_database, "0004")
    placed = f"BEGIN; {EVENTS_OF_THEN}; {BLOCKS_OF_THEN}; {FILLER_OF_THEN}; COMMIT"
    await run(empty_database, NIGHT_OF_THEN, placed, HISTORY_OF_THEN)
    await migrate(empty_database)
    reader = PostgresReader(options(empty_database, pool_size=1, read_only=True))
    before = await reader.read_schedule(INSTRUMENT, DATE)
    assert before is not None
    assert len(before.blocks) == 2
    assert await reader.read_revision(INSTRUMENT, DATE, 7) == before
    assert await reader.read_revision(INSTRUMENT, DATE, 6) is None
    feed = await reader.read_feed(INSTRUMENT, 0, 10)
    assert {(entry.kind, entry.state, entry.revision, entry.night) for entry in feed} == {
        ("event", State.SCHEDULED, None, DATE),
        ("event", State.DISPLACED, None, DATE),
        ("revised", None, 7, DATE),
    }
    (summary,) = await reader.read_nights(INSTRUMENT, DATE, DATE)
    assert (summary.events, summary.waiting, summary.moved, summary.displaced) == (1, 1, 0, 0)
    # From then on, differences.
    event = fixed(100)
    async with PostgresStore(options(empty_database)).lead("faim") as desk:
        blocks = [before.blocks[0], block(event)]
        await write(desk, blocks, new=[accepted(event)])
        await write(desk, blocks[:1], changes=[change(event, State.DELETED)])
    for revision, starts in ((7, (0, 20)), (8, (0, 100)), (9, (0,))):
        plan = await reader.read_revision(INSTRUMENT, DATE, revision)
        assert plan is not None
        assert [each.start for each in plan.blocks] == [after_dusk(minute) for minute in starts]
    await reader.close()
