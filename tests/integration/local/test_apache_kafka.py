"""One node of Apache Kafka: it keeps what it was given, and topics are as asked for."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from adapters.kafka.topics import TopicMismatch, TopicRefused, ensure_topics
from adapters.local.apache_kafka import kafka_jars, kafka_part
from adapters.local.errors import ProgramMissing
from adapters.local.layout import at
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from tests.integration.local.watching import until_async

NIGHT = TopicPartition("night", 0)


async def first_message(bootstrap: str) -> bytes | None:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([NIGHT])
        consumer.seek(NIGHT, 0)
        return (await asyncio.wait_for(consumer.getone(), 10)).value


@pytest.mark.asyncio
async def test_it_keeps_what_it_was_given_when_it_is_killed(tmp_path: Path) -> None:
    try:
        jars = await kafka_jars()
    except ProgramMissing as missing:
        pytest.skip(f"NOT TESTED against Apache Kafka: {missing}")
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED against Apache Kafka: there is no Java")
    layout = at(tmp_path / "zwei Wörter")
    layout.prepare()
    port, controller = free_ports(2)
    bootstrap = f"127.0.0.1:{port}"
    said: list[str] = []
    part = kafka_part(layout, jars, port=port, controller=controller, topics={"night": 1})
    async with running(Supervisor(layout, [part], said.append)) as supervisor:
        await ensure_topics(bootstrap, {"night": 1}, 5, replication=None)
        with pytest.raises(TopicMismatch):
            await ensure_topics(bootstrap, {"night": 2}, 5)
        with pytest.raises(TopicRefused):
            await ensure_topics(bootstrap, {"three": 1}, 5, replication=3)
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
            await producer.send_and_wait("night", b"dusk", partition=0)
        assert await first_message(bootstrap) == b"dusk"
        psutil.Process(supervisor.pid("kafka")).kill()
        await until_async(lambda: any("ready again" in line for line in said), 60)
        assert await first_message(bootstrap) == b"dusk"
