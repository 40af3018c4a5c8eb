"""The log of one scheduling group as something to read back, on Kafka."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from adapters.kafka.commands import texts
from models.errors import Unreachable
from models.exchange import Excerpt, Received
from models.instant import to_milliseconds
from models.topic import TOPICS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_THE_END = 2
"""Fetches at the end of a log: the embedded broker gives as its end the place after the
first record of its last batch."""


class KafkaArchive:
    """What a scheduling group's partition held, in whichever topic.

    Parameters
    ----------
    bootstrap
        Kafka's bootstrap servers.
    partition
        The scheduling group's partition.
    fetch_wait_ms, request_timeout_ms
        As in the settings.
    """

    def __init__(
        self, *, bootstrap: str, partition: int, fetch_wait_ms: int, request_timeout_ms: int
    ) -> None:
        self._partition = partition
        self._timeout = request_timeout_ms / 1000
        self._wait_ms = fetch_wait_ms + 500
        self._options = {
            "bootstrap_servers": bootstrap,
            "group_id": None,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "fetch_max_wait_ms": fetch_wait_ms,
            "request_timeout_ms": max(request_timeout_ms, fetch_wait_ms + 500),
            "metadata_max_age_ms": 1000,
            "retry_backoff_ms": 50,
        }

    async def read(self, topic: str, since: datetime) -> Excerpt:
        """What a topic holds that was written at or after an instant, up to now.

        Raises
        ------
        models.errors.Unreachable
            The broker does not answer, or the topic is missing or has another
            number of partitions.
        """
        place = TopicPartition(topic, self._partition)
        consumer = AIOKafkaConsumer(**self._options)
        try:
            async with asyncio.timeout(3 * self._timeout):
                await consumer.start()
                consumer.assign([place])
                await self._check(consumer, topic)
                begin = (await consumer.beginning_offsets([place]))[place]
                end = (await consumer.end_offsets([place]))[place]
                found = (await consumer.offsets_for_times({place: to_milliseconds(since)}))[place]
            if begin >= end:
                return Excerpt(records=(), begin=begin, oldest=None)
            oldest = await self._fetch_first(consumer, place, begin)
            records: list[Received] = []
            # Some brokers say "none" by an instant before 1970.
            if found is not None and found.timestamp >= 0:
                consumer.seek(place, found.offset)
                records = await self._read_on(consumer, place, end)
            return Excerpt(records=tuple(records), begin=begin, oldest=oldest)
        except (KafkaError, TimeoutError, OSError, AssertionError) as error:
            raise Unreachable("kafka", f"{topic} cannot be read: {error!r}") from error
        finally:
            await self._stop(consumer)

    async def _check(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        """Wait until the client knows the topic, and compare its number of partitions."""
        found = consumer.partitions_for_topic(topic)
        deadline = asyncio.get_running_loop().time() + self._timeout
        while not found and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
            found = consumer.partitions_for_topic(topic)
        if len(found or ()) != TOPICS[topic]:
            detail = f"{topic}: expected {TOPICS[topic]} partitions, found {len(found or ())}"
            raise Unreachable("kafka", detail)

    async def _fetch_first(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, begin: int
    ) -> datetime:
        """When the oldest record was written."""
        consumer.seek(place, begin)
        async with asyncio.timeout(3 * self._timeout):
            while True:
                found = await consumer.getmany(place, timeout_ms=self._wait_ms, max_records=1)
                for record in found.get(place, []):
                    return _EPOCH + timedelta(milliseconds=record.timestamp)

    async def _read_on(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, end: int
    ) -> list[Received]:
        """Everything up to where the log ended when it was first looked at, or somewhat more."""
        records: list[Received] = []
        beyond = 0
        while beyond < _AFTER_THE_END:
            async with asyncio.timeout(3 * self._timeout):
                while not (batch := await self._fetch(consumer, place)):
                    if await consumer.position(place) >= end:
                        return records
            records.extend(_received(record) for record in batch)
            beyond += batch[-1].offset + 1 >= end
        return records

    async def _fetch(
        self, consumer: AIOKafkaConsumer, place: TopicPartition
    ) -> list[ConsumerRecord[bytes, bytes]]:
        found = await consumer.getmany(place, timeout_ms=self._wait_ms)
        batch: list[ConsumerRecord[bytes, bytes]] = found.get(place, [])
        return batch

    async def _stop(self, consumer: AIOKafkaConsumer) -> None:
        """Let go of the broker; never fails."""
        stopping = asyncio.ensure_future(consumer.stop())
        await asyncio.wait([stopping], timeout=self._timeout)
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)


def _received(record: ConsumerRecord[bytes, bytes]) -> Received:
    return Received(value=record.value or b"", offset=record.offset, headers=texts(record.headers))
