"""Backup and restore as docs/operations.md has it: nothing decided is lost with the database."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.local.apache_kafka import apache_kafka
from adapters.local.broker import embedded_broker
from adapters.local.errors import ProgramMissing
from adapters.postgres.digest import TableDigest, digest
from adapters.postgres.schema import migrate
from models.instant import format_instant
from tests.end_to_end.asking import (
    OPERATOR,
    OWNER,
    PARTNER,
    scan,
)
from tests.end_to_end.restoring import Database, Kept, content, done, nightplan, restore
from tests.end_to_end.story import Story, place, take_nights
from tests.end_to_end.witness import Witness

AHEAD = 30
"""Days ahead from which on nights are only planned when a test asks for them."""
TWIN_CONTENT = {
    "night": "SELECT instrument, night, dusk, dawn, requested_ms, filled_ms, idle_ms,"
    " quality - 'solve_ms' FROM night WHERE night > $1 ORDER BY 1, 2",
    "event": "SELECT id, instrument, night, type, duration_ms, windows, attributes, priority,"
    " owner, state FROM event WHERE night > $1 ORDER BY id",
    "block": "SELECT event, instrument, start_time, end_time, type, attributes FROM block"
    " WHERE night > $1 ORDER BY instrument, start_time",
    "state_change": "SELECT event, state_change.state, cause, by FROM state_change JOIN event"
    " ON event.id = state_change.event WHERE event.night > $1 ORDER BY event, sequence",
    "command": "SELECT kind, event, subject, body_hash, outcome ->> 'status',"
    " outcome ->> 'displaced', outcome ->> 'scheduled' FROM command"
    " WHERE outcome IS NOT NULL AND $1::date IS NOT NULL ORDER BY event, kind, 5",
    "audit": "SELECT kind, event, subject, groups, body_hash, status, reasons FROM audit"
    " WHERE $1::date IS NOT NULL ORDER BY event, kind, status",
}
"""What two databases share in which the same was asked at different times: no times, no
command ids made by the API, and no revisions, which skip the number of what was left out."""


@pytest.fixture
def kafka(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A broker that keeps its log as long as it runs; the embedded one, and Apache Kafka."""
    start = embedded_broker if request.param == "embedded" else apache_kafka
    try:
        kept = Kept(lambda: start(tmp_path / "broker"))
    except ProgramMissing as error:
        if os.environ.get("NIGHTPLAN_REQUIRE_KAFKA") == "1":
            pytest.fail(f"Apache Kafka is not to be had: {error}")
        pytest.skip(f"Apache Kafka is not to be had: {error}; ran on the embedded broker only")
    yield kept.value
    kept.stop()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what the test has begun."""
    with ExitStack() as found:
        yield found


def fresh(directory: Path, stack: ExitStack) -> Database:
    """A migrated database with an archive beside it."""
    database = Database(directory)
    stack.callback(database.stop)
    asyncio.run(migrate(database.url))
    return database


def twin_content(database: Database) -> dict[str, tuple[int, str]]:
    """Row counts and digests without what differs between twins."""
    start = datetime.now(UTC).date() + timedelta(days=AHEAD)
    return {table: content(database, query, start) for table, query in TWIN_CONTENT.items()}


def digests(database: Database) -> list[TableDigest]:
    """What each table holds."""
    return asyncio.run(digest(database.url, "nightplan_backup"))


def figures(said: str) -> dict[str, int]:
    """What a replay tells of the FAIMs' group, by the titles of its table."""
    titles, *rows = said.split("\n\n")[0].splitlines()
    [row] = [row.split() for row in rows if row.startswith("faim ")]
    names = re.split(r"\s{2,}", titles)
    return dict(zip(names[1:], map(int, row[1:]), strict=True))


@pytest.mark.parametrize(
    ("kafka", "target"), [("embedded", "time"), ("apache", "xid")], indirect=["kafka"]
)
def test_before_a_wrong_deletion(
    target: str, kafka: str, tmp_path: Path, witness: Witness, stack: ExitStack
) -> None:
    """Restored to just before it, and replayed without it: as if it had never been."""
    database = fresh(tmp_path / "lost", stack)
    with place(tmp_path / "first", kafka, witness, database) as at:
        story = Story(take_nights(at.ask))
        schedule = f"{story.nights[0].instrument}/schedule"
        asked = {"params": {"filter[night]": story.nights[0].date}}
        story.before(at)
        database.back_up(tmp_path / "backup")
        story.meanwhile(at)
        wrong = story.wrong(at)
        freed = at.ask.event(story.nights[0], story.events["weak"]["id"])
        assert freed["meta"]["state"] == "scheduled"
        story.after(at, wronged=True)
        tag = at.ask.get(schedule, **asked).headers["ETag"]
        kept = dict(at.answers)
    [audit] = database.ask("SELECT at, xmin::text AS xid FROM audit WHERE command = $1", wrong)
    where = {"time": str(audit["at"]), "xid": audit["xid"]}[target]
    archive = database.archived()
    database.lose()

    restored = restore(
        tmp_path / "backup", archive, tmp_path / "restored",
        **{f"recovery_target_{target}": where, "recovery_target_inclusive": "off"},
    )  # fmt: skip
    stack.callback(restored.stop)
    asyncio.run(migrate(restored.url))
    [row] = restored.ask("SELECT count(*) AS found FROM audit WHERE kind = 'remove'")
    assert row["found"] == 0
    replay = ("--since", format_instant(audit["at"]), "--without", str(wrong))
    dry = done(nightplan("replay", *replay, "--dry-run", database=restored.url, kafka=kafka))
    assert f"remove {wrong} of {story.events['strong']['id']}" in dry
    assert figures(dry) == {"would be replayed": 6, "already there": 7, "left out": 1}
    before = digests(restored)
    assert digests(restored) == before
    said = done(nightplan("replay", *replay, database=restored.url, kafka=kafka))
    assert figures(said) == {"replayed": 6, "already there": 7, "left out": 1, "differing": 1}
    assert f"add {story.events['lucky']['id']}" in said
    assert "now rejected (conflict)" in said
    after = digests(restored)
    again = done(nightplan("replay", *replay, database=restored.url, kafka=kafka))
    assert figures(again) == {"replayed": 0, "already there": 13, "left out": 1, "differing": 0}
    assert digests(restored) == after

    # A twin: the same was asked of a fresh system, and the deletion never happened.
    twin = fresh(tmp_path / "twin", stack)
    twin_kafka = Kept(lambda: embedded_broker(tmp_path / "twin-broker"))
    stack.callback(twin_kafka.stop)
    with place(tmp_path / "second", twin_kafka.value, witness, twin) as other:
        assert take_nights(other.ask) == story.nights
        story.before(other)
        story.meanwhile(other)
        story.after(other, wronged=False)
    assert twin_content(restored) == twin_content(twin)

    with place(tmp_path / "third", kafka, witness, restored) as at:
        at.answers_as_before(kept, but=[story.events["lucky"]["id"]])
        assert at.ask.post(story.nights[0], story.events["lucky"]).status_code == 409
        headers = {"If-None-Match": tag}
        assert at.ask.get(schedule, **asked, headers=headers).status_code == 200
        at.add(story.nights[0], scan(story.nights[0], 4000))
        # As long as a scheduler leads, there is no replay.
        if target == "time":
            refused = done(nightplan("replay", *replay, database=restored.url, kafka=kafka), 5)
            assert "another process leads the scheduling group faim" in refused


@pytest.mark.parametrize(
    ("kafka", "streamed"), [("embedded", False), ("apache", True)], indirect=["kafka"]
)
def test_after_the_loss_of_the_database(
    streamed: bool, kafka: str, tmp_path: Path, witness: Witness, stack: ExitStack
) -> None:
    """Restored to the last archived WAL, and replayed: as it was, row for row."""
    database = fresh(tmp_path / "lost", stack)
    with place(tmp_path / "first", kafka, witness, database) as at:
        story = Story(take_nights(at.ask))
        story.before(at)
        if streamed:
            database.stream()
        database.back_up(tmp_path / "backup")
        story.meanwhile(at)
        archive = database.archived()
        [row] = database.ask("SELECT clock_timestamp() AS now")
        since = format_instant(row["now"] - timedelta(seconds=1))
        # From here on nothing leaves the machine but by Kafka.
        story.wrong(at)
        story.after(at, wronged=True)
        for number in range(60):
            which = number % 2
            event = story.event(f"{number}", 3000 + 50 * number, 130, which)
            by = (OWNER, PARTNER, OPERATOR)[number % 3]
            at.add(story.nights[which], event, by=by, status=None)
        kept = dict(at.answers)
    wanted = digests(database)
    said = done(nightplan("digest", database=database.url, role="nightplan_backup"))
    assert [line.split() for line in said.splitlines()] == [
        [each.table, str(each.rows), each.digest] for each in wanted
    ]
    database.lose()

    restored = restore(tmp_path / "backup", archive, tmp_path / "restored")
    stack.callback(restored.stop)
    asyncio.run(migrate(restored.url))
    there = count(restored)
    replay = ("--since", since)
    # Killed in the middle, and run again.
    process = nightplan("replay", *replay, database=restored.url, kafka=kafka)
    deadline = time.monotonic() + 30
    while count(restored) < there + 15:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    done_before = count(restored)
    said = done(nightplan("replay", *replay, database=restored.url, kafka=kafka))
    assert figures(said)["differing"] == 0
    assert figures(said)["already there"] >= 15
    assert figures(said)["replayed"] >= 15
    assert digests(restored) == wanted
    assert done_before < count(restored)
    too_early = "2001-01-01T00:00:00.000Z"
    assert done(nightplan("replay", "--since", too_early, database=restored.url, kafka=kafka))
    assert digests(restored) == wanted

    with place(tmp_path / "second", kafka, witness, restored) as at:
        at.answers_as_before(kept, but=())
        at.add(story.nights[0], scan(story.nights[0], 8000))


def count(database: Database) -> int:
    """How many commands are decided."""
    [row] = database.ask("SELECT count(*) AS found FROM command WHERE outcome IS NOT NULL")
    found: int = row["found"]
    return found
