"""The log of commands on a real broker: order, headers, bookmarks, and a broker that dies."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from adapters.kafka.reader import PROBE_INTERVAL, PartitionReader
from adapters.kafka.topics import TopicMismatch, ensure_topics
from adapters.local.broker import broker_part
from adapters.local.layout import at
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from models.errors import Unreachable
from models.topic import COMMANDS, OUTCOMES, PARTITIONS, TOPICS
from tests.contract.kafka.exchange import (
    closing,
    commands,
    message,
    persistently,
    publisher,
    receive,
    values,
)

pytestmark = pytest.mark.asyncio


async def test_messages_come_in_order_with_their_headers(broker: str, partition: int) -> None:
    sent = [message(f"m{number}", partition) for number in range(200)]
    async with closing(publisher(broker)) as out, closing(commands(broker, partition)) as log:
        await out.publish(sent[:1])
        await out.publish(sent[1:])
        found = await receive(log, 200)
        assert values(found) == [f"m{number}" for number in range(200)]
        offsets = [each.offset for each in found]
        assert offsets == list(range(offsets[0], offsets[0] + 200))
        assert found[7].headers == {"ce_id": "m7", "content-type": "application/json"}
        assert await log.receive() == []


async def test_a_partition_is_read_alone(broker: str, partition: int) -> None:
    async with closing(publisher(broker)) as out, closing(commands(broker, partition)) as log:
        await out.publish([message("another", (partition + 8) % PARTITIONS)])
        await out.publish([message("mine", partition)])
        assert values(await receive(log, 1)) == ["mine"]


async def test_without_a_bookmark_reading_begins_at_the_beginning(
    broker: str, partition: int
) -> None:
    async with closing(publisher(broker)) as out:
        await out.publish([message("a", partition), message("b", partition)])
        for _ in range(2):
            async with closing(commands(broker, partition)) as log:
                assert values(await receive(log, 2)) == ["a", "b"]


async def test_reading_goes_on_at_the_bookmark(broker: str, partition: int) -> None:
    async with closing(publisher(broker)) as out:
        await out.publish([message(text, partition) for text in "abc"])
        async with closing(commands(broker, partition)) as log:
            found = await receive(log, 3)
            await log.move_bookmark(found[1].offset + 1)
        async with closing(commands(broker, partition)) as log:
            assert values(await receive(log, 1)) == ["c"]


async def test_the_same_reader_goes_on_where_it_stopped(broker: str, partition: int) -> None:
    async with closing(publisher(broker)) as out, closing(commands(broker, partition)) as log:
        await out.publish([message("a", partition), message("b", partition)])
        assert values(await receive(log, 2)) == ["a", "b"]
        await log.close()
        await out.publish([message("c", partition)])
        assert values(await receive(log, 1)) == ["c"]


async def test_a_log_that_ends_with_many_at_once_is_no_other_log(
    broker: str, partition: int
) -> None:
    """The embedded broker says of such a log that it ends before it does."""
    async with closing(publisher(broker)) as out, closing(commands(broker, partition)) as log:
        await out.publish([message(text, partition) for text in "abcdefghij"])
        assert len(await receive(log, 10)) == 10
        loop = asyncio.get_running_loop()
        quiet_until = loop.time() + 2.5 * PROBE_INTERVAL
        while loop.time() < quiet_until:
            assert await log.receive() == []
        await log.close()
        await out.publish([message("k", partition)])
        assert values(await receive(log, 1)) == ["k"]


async def test_outcomes_are_read_from_now_on(broker: str, partition: int) -> None:
    reader = PartitionReader(
        bootstrap=broker, topic=OUTCOMES, partitions=[partition], expected_partitions=PARTITIONS,
        fetch_wait_ms=10, request_timeout_ms=1500,
    )  # fmt: skip
    async with closing(publisher(broker)) as out, closing(reader):
        await out.publish([message("before", partition, OUTCOMES)])
        await reader.open(at_end=True)
        await out.publish([message("after", partition, OUTCOMES)])
        found: list[bytes | None] = []
        async with asyncio.timeout(5):
            while not found:
                found = [record.value for record in await reader.receive(0.1)]
        assert found == [b"after"]


async def test_the_number_of_partitions_is_asserted(broker: str, partition: int) -> None:
    reader = PartitionReader(
        bootstrap=broker, topic=COMMANDS, partitions=[partition],
        expected_partitions=PARTITIONS + 1, fetch_wait_ms=10, request_timeout_ms=1500,
    )  # fmt: skip
    async with closing(reader):
        with pytest.raises(Unreachable, match=f"expected {PARTITIONS + 1} partitions"):
            await reader.open(at_end=False)
    with pytest.raises(TopicMismatch) as raised:
        await ensure_topics(broker, {COMMANDS: 3}, 5)
    assert (raised.value.expected, raised.value.found) == (3, PARTITIONS)


async def test_topics_may_be_made_twice(broker: str) -> None:
    topics = {COMMANDS: PARTITIONS, "test.more": 5}
    await ensure_topics(broker, topics, 5)
    await ensure_topics(broker, topics, 5)


async def test_a_topic_that_is_made_anew_is_read_from_its_beginning(broker: str) -> None:
    """Before anything is in it, the client has gone to its beginning without a word."""
    topic = f"anew-{uuid4()}"
    make = partial(ensure_topics, broker, {topic: 1}, 5)
    reader = PartitionReader(
        bootstrap=broker,
        topic=topic,
        partitions=[0],
        expected_partitions=1,
        fetch_wait_ms=10,
        request_timeout_ms=1500,
    )
    async with closing(publisher(broker)) as out, closing(reader):
        await make()
        await out.publish([message(text, 0, topic) for text in "abc"])
        await reader.open(at_end=False)
        assert len(await reader.receive(5.0)) == 3
        await delete_topic(broker, topic)
        await persistently(make)
        with pytest.raises(Unreachable):
            await receive_until_it_fails(reader)
        await persistently(partial(out.publish, [message("d", 0, topic)]))
        await persistently(partial(reader.open, at_end=False))
        assert [record.value for record in await persistently(partial(reader.receive, 2.0))] == [
            b"d"
        ]


async def receive_until_it_fails(reader: PartitionReader) -> None:
    """Receive, at most for 20 s."""
    async with asyncio.timeout(20):
        while True:
            await reader.receive(0.2)


async def delete_topic(broker: str, topic: str) -> None:
    """Delete a topic with all that is in it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


async def test_nobody_listens(partition: int) -> None:
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with closing(commands(address, partition)) as log:
        with pytest.raises(Unreachable):
            await log.receive()
    async with closing(publisher(address)) as out:
        with pytest.raises(Unreachable):
            await out.publish([message("a", partition)])
    assert loop.time() - started < 8.0


async def test_a_broker_that_is_killed_and_comes_back_empty(tmp_path: Path) -> None:
    """What was read stays read; what comes after is read from the new log's beginning."""
    layout = at(tmp_path)
    layout.prepare()
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    async with (
        running(Supervisor(layout, [broker_part(layout, port)])) as supervisor,
        closing(publisher(address)) as out,
        closing(commands(address, 0)) as log,
    ):
        await out.publish([message(text, 0) for text in "abc"])
        found = await receive(log, 3)
        await log.move_bookmark(found[-1].offset + 1)
        for text in "de":
            # The second log is as long as the first one was: its end does not tell.
            killed = supervisor.pid("broker")
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await persistently(lambda: topics_are_made(address))
            await persistently(partial(out.publish, [message(text, 0)]))
            assert values(await receive(log, 1, 20.0))[-1] == text
            assert supervisor.pid("broker") not in {killed, None}
        await log.move_bookmark(1)


async def topics_are_made(address: str) -> None:
    """Return when nobody will make the topics anew.

    A client that is faster than the supervisor makes a topic of another form, which is
    then replaced, with whatever has been written to it.
    """
    try:
        await ensure_topics(address, TOPICS, 5)
    except TopicMismatch as error:
        raise Unreachable("kafka", str(error)) from error
