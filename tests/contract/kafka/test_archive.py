"""The log read back from an instant on, for a replay, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from adapters.kafka.archive import KafkaArchive
from adapters.kafka.topics import ensure_topics
from adapters.local.broker import embedded_broker
from adapters.local.ports import free_ports
from models.errors import Unreachable
from models.exchange import Excerpt
from models.topic import CHANGES, TOPICS
from tests.contract.kafka.exchange import closing, message, publisher

pytestmark = pytest.mark.asyncio

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
READING_BACK, DELETED, NOTHING, MANY = 1, 2, 3, 4
"""Partitions of the topic of changes, which no other test of these brokers uses."""


def archive(broker: str, partition: int) -> KafkaArchive:
    return KafkaArchive(
        bootstrap=broker, partition=partition, fetch_wait_ms=10, request_timeout_ms=1500
    )


def values(excerpt: Excerpt) -> list[str]:
    return [record.value.decode() for record in excerpt.records]


async def write(broker: str, partition: int, *names: str) -> datetime:
    """Write messages together; gives a time after that."""
    async with closing(publisher(broker)) as out:
        await out.publish([message(name, partition, CHANGES) for name in names])
    await asyncio.sleep(0.02)
    return datetime.now(UTC)


async def test_everything_from_an_instant_on(broker: str) -> None:
    before = datetime.now(UTC)
    await asyncio.sleep(0.02)
    first = await write(broker, READING_BACK, "a", "b", "c")
    second = await write(broker, READING_BACK, "d")
    third = await write(broker, READING_BACK, "e", "f", "g")
    log = archive(broker, READING_BACK)
    for since, expected in (
        (LONG_AGO, "abcdefg"),
        (before, "abcdefg"),
        (first, "defg"),
        (second, "efg"),
        (third, ""),
        (third + timedelta(days=1), ""),
    ):
        found = await log.read(CHANGES, since)
        assert values(found) == list(expected), since
        assert found.begin == 0
        assert found.oldest is not None
        assert abs(found.oldest - before) < timedelta(seconds=5)
    [record] = (await log.read(CHANGES, second)).records[:1]
    assert (record.offset, record.headers["ce_id"]) == (4, "e")


async def test_more_than_one_fetch(broker: str) -> None:
    padding = "." * 1000
    for start in range(0, 3000, 500):
        names = [f"{number}{padding}" for number in range(start, start + 500)]
        await write(broker, MANY, *names)
    found = await archive(broker, MANY).read(CHANGES, LONG_AGO)
    assert [record.offset for record in found.records] == list(range(3000))


async def test_nothing_was_ever_written(broker: str) -> None:
    found = await archive(broker, NOTHING).read(CHANGES, LONG_AGO)
    assert found == Excerpt(records=(), begin=0, oldest=None)


async def test_what_was_deleted_is_told(broker: str, request: pytest.FixtureRequest) -> None:
    if "embedded" in request.node.name:
        pytest.skip("the embedded broker deletes nothing")
    before = datetime.now(UTC)
    middle = await write(broker, DELETED, "a", "b")
    await write(broker, DELETED, "c")
    place = TopicPartition(CHANGES, DELETED)
    async with admin(broker) as client:
        await client.delete_records({place: RecordsToDelete(before_offset=2)})
    found = await archive(broker, DELETED).read(CHANGES, before)
    assert (values(found), found.begin) == (["c"], 2)
    assert found.oldest is not None
    assert found.oldest >= middle - timedelta(milliseconds=1)
    async with admin(broker) as client:
        await client.delete_records({place: RecordsToDelete(before_offset=3)})
    found = await archive(broker, DELETED).read(CHANGES, before)
    assert found == Excerpt(records=(), begin=3, oldest=None)


async def test_a_broker_that_is_not_there() -> None:
    [port] = free_ports(1)
    with pytest.raises(Unreachable, match=r"kafka: nightplan\.changes cannot be read"):
        await archive(f"127.0.0.1:{port}", 0).read(CHANGES, LONG_AGO)


async def test_a_topic_of_another_size(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path, {CHANGES: TOPICS[CHANGES] + 1}) as address:
        await ensure_topics(address, {CHANGES: TOPICS[CHANGES] + 1}, 5)
        with pytest.raises(Unreachable, match="expected 16 partitions, found 17"):
            await archive(address, 0).read(CHANGES, LONG_AGO)


@asynccontextmanager
async def admin(broker: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for what the service never does."""
    client = AIOKafkaAdminClient(bootstrap_servers=broker)
    await client.start()
    try:
        yield client
    finally:
        await client.close()
