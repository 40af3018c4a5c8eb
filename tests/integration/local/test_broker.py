"""The embedded broker, and the topics on it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from adapters.kafka.topics import TopicMismatch, ensure_topics, probe
from adapters.local.broker import broker_part, embedded_broker
from adapters.local.layout import at
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from models.errors import Unreachable
from models.topic import TOPICS
from tests.integration.local.watching import until_async


async def partitions(bootstrap: str, topics: Mapping[str, int]) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        seen = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in seen}


async def ask_for(bootstrap: str, topic: str, end: asyncio.Event) -> None:
    """Be a client that asks about a topic without a pause, broker or no broker."""
    while not end.is_set():  # aiokafka swallows a cancellation now and then
        with contextlib.suppress(Exception):  # whatever a dead broker leads to
            await partitions(bootstrap, {topic: 0})
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_messages_go_through_it(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path / "broker", {"night": 3}) as bootstrap:
        where = TopicPartition("night", 2)
        async with (
            AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
            AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=20) as consumer,
        ):
            consumer.assign([where])
            consumer.seek(where, 0)
            await producer.send_and_wait("night", b"dusk", partition=2)
            message = await asyncio.wait_for(consumer.getone(), 5)
            assert (message.value, message.partition, message.offset) == (b"dusk", 2, 0)


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # aiokafka's, of connections that died
async def test_after_a_restart_topics_are_made_again_whoever_asks_first(tmp_path: Path) -> None:
    layout = at(tmp_path / "broker")
    layout.prepare()
    [port] = free_ports(1)
    bootstrap = f"127.0.0.1:{port}"
    said: list[str] = []
    async with running(Supervisor(layout, [broker_part(layout, port)], said.append)) as broker:
        assert await partitions(bootstrap, TOPICS) == dict(TOPICS)
        end = asyncio.Event()
        clients = [asyncio.create_task(ask_for(bootstrap, topic, end)) for topic in TOPICS]
        for times in (1, 2, 3):
            psutil.Process(broker.pid("broker")).kill()
            await until_async(lambda n=times: sum("ready again" in line for line in said) == n)
            assert await partitions(bootstrap, TOPICS) == dict(TOPICS)
        end.set()
        await asyncio.gather(*clients)


@pytest.mark.asyncio
async def test_topics_are_made_once_and_checked(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path / "broker", {}) as bootstrap:
        await probe(bootstrap, 2)
        await ensure_topics(bootstrap, {"night": 3, "day": 1}, 5)
        await ensure_topics(bootstrap, {"night": 3}, 5, replication=None)
        with pytest.raises(TopicMismatch) as mismatch:
            await ensure_topics(bootstrap, {"day": 1, "night": 4}, 5)
        fault = mismatch.value
        assert (fault.topic, fault.expected, fault.found) == ("night", 4, 3)
        await ensure_topics(bootstrap, {"night": 4}, 5, replace=True)
        assert await partitions(bootstrap, {"night": 4, "day": 1}) == {"night": 4, "day": 1}


@pytest.mark.asyncio
async def test_a_broker_that_is_not_there_is_unreachable() -> None:
    [port] = free_ports(1)
    with pytest.raises(Unreachable, match="broker"):
        await probe(f"127.0.0.1:{port}", 1)


@pytest.mark.asyncio
async def test_a_broker_that_says_nothing_is_unreachable_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unreachable, match=r"0\.3 s"):
            await probe(f"127.0.0.1:{port}", 0.3)
