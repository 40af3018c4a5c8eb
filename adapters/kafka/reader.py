"""Reading assigned partitions of one topic, and noticing what a Kafka client does not.

No consumer group: partitions are assigned by number, so that a takeover costs no
rebalance (design.md: 0.12 s against 5 to 18 s). A consumer never notices that its
broker is gone or that its log is another one, so each second the record that was
read last is looked for again, under a timeout.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from models.errors import Unreachable

log = structlog.get_logger(__name__)

PROBE_INTERVAL = 1.0
"""Seconds between two looks at the log."""


class PartitionReader:
    """Reads some partitions of one topic from given positions.

    Parameters
    ----------
    bootstrap
        Kafka's bootstrap servers.
    topic, partitions
        What to read.
    expected_partitions
        How many partitions the topic must have.
    fetch_wait_ms
        Longest wait of a fetch at the broker, in milliseconds.
    request_timeout_ms
        A broker silent for so long is down, in milliseconds.
    bookmark_group
        Name under which offsets are kept at the broker, or None.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        topic: str,
        partitions: Sequence[int],
        expected_partitions: int,
        fetch_wait_ms: int,
        request_timeout_ms: int,
        bookmark_group: str | None = None,
    ) -> None:
        self._topic = topic
        self._partitions = [TopicPartition(topic, number) for number in partitions]
        self._expected = expected_partitions
        self._timeout = request_timeout_ms / 1000
        self._last: dict[int, tuple[int, str]] = {}
        self._begun: dict[int, int] = {}
        self._probed = 0.0
        self._options = {
            "bootstrap_servers": bootstrap,
            "group_id": bookmark_group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "fetch_max_wait_ms": fetch_wait_ms,
            "request_timeout_ms": max(request_timeout_ms, fetch_wait_ms + 500),
            "metadata_max_age_ms": 1000,
            "retry_backoff_ms": 50,
        }
        self._consumer: AIOKafkaConsumer | None = None

    async def open(self, *, at_end: bool) -> None:
        """Connect and take up position.

        A partition read before by this object goes on where it stopped, if the
        record before still stands there; else the log was replaced and is read
        from its beginning. Otherwise reading begins at the bookmark, or at the
        beginning, or (``at_end``) with what comes from now on.

        Raises
        ------
        models.errors.Unreachable
            The broker does not answer, or the topic is missing or has another
            number of partitions.
        """
        await self.close()
        consumer = AIOKafkaConsumer(**self._options)
        self._consumer = consumer
        try:
            async with asyncio.timeout(3 * self._timeout):
                await consumer.start()
                consumer.assign(self._partitions)
                await self._check_topic(consumer)
                ends = await consumer.end_offsets(self._partitions)
                beginnings = await consumer.beginning_offsets(self._partitions)
                for partition in self._partitions:
                    await self._place(consumer, partition, beginnings, ends, at_end=at_end)
        except Unreachable:
            await self.close()
            raise
        except (KafkaError, TimeoutError, OSError, AssertionError) as error:
            await self.close()
            raise Unreachable("kafka", f"{self._topic} cannot be read: {error!r}") from error
        self._probed = asyncio.get_running_loop().time()

    async def receive(self, wait: float) -> Sequence[ConsumerRecord[bytes, bytes]]:
        """The next records in order, or none after ``wait`` seconds.

        Raises
        ------
        models.errors.Unreachable
            The broker does not answer, or the log was replaced; open again.
        """
        consumer = self._opened()
        try:
            if asyncio.get_running_loop().time() - self._probed > PROBE_INTERVAL:
                await self._probe(consumer)
            async with asyncio.timeout(wait + 2 * self._timeout):
                found = await consumer.getmany(timeout_ms=int(wait * 1000))
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unreachable("kafka", f"{self._topic} cannot be read: {error!r}") from error
        records: list[ConsumerRecord[bytes, bytes]] = []
        for partition, batch in found.items():
            if batch:
                records.extend(batch)
                self._last[partition.partition] = (batch[-1].offset, _digest(batch[-1]))
        return records

    async def move_bookmark(self, partition: int, offset: int) -> None:
        """Keep ``offset`` at the broker as the place to begin at after a restart."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._opened().commit({TopicPartition(self._topic, partition): offset})
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unreachable("kafka", f"the bookmark cannot be moved: {error!r}") from error

    async def close(self) -> None:
        """Let go of the broker; never fails."""
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        # In a task of its own: stopped soon after it was started it ends by being cancelled,
        # which must not look as if the caller were.
        stopping = asyncio.ensure_future(consumer.stop())
        await asyncio.wait([stopping], timeout=self._timeout)
        stopping.cancel()
        for outcome in await asyncio.gather(stopping, return_exceptions=True):
            if isinstance(outcome, BaseException):
                log.debug("consumer did not stop cleanly", error=repr(outcome))

    def _opened(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise Unreachable("kafka", f"{self._topic} is not open")
        return self._consumer

    async def _check_topic(self, consumer: AIOKafkaConsumer) -> None:
        """Compare the topic's partitions with those expected.

        The client knows a topic's partitions only some milliseconds after the topic
        was assigned, so it is asked until it does.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout
        found = consumer.partitions_for_topic(self._topic)
        while not found and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
            found = consumer.partitions_for_topic(self._topic)
        if len(found or ()) != self._expected:
            raise Unreachable(
                "kafka",
                f"{self._topic}: expected {self._expected} partitions, found {len(found or ())}",
            )

    async def _place(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        beginnings: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        *,
        at_end: bool,
    ) -> None:
        begin, end = beginnings[partition], ends[partition]
        last = self._last.get(partition.partition)
        if last is not None:
            same = begin <= last[0] and await self._holds(consumer, partition, last[0])
            if not same:
                log.warning("log was replaced", topic=self._topic, partition=partition.partition)
                self._last.pop(partition.partition)
            consumer.seek(partition, last[0] + 1 if same else begin)
            return
        wanted = self._begun.get(partition.partition)
        if wanted is None and at_end:
            wanted = end
        elif wanted is None and self._options["group_id"]:
            wanted = await consumer.committed(partition)
        position = begin
        if wanted is not None and (
            begin <= wanted <= end
            or (end < wanted and await self._holds(consumer, partition, wanted - 1))
        ):
            position = wanted
        self._begun[partition.partition] = position
        consumer.seek(partition, position)

    async def _holds(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
    ) -> bool:
        """Whether a record stands at an offset: the very one, if it was read last.

        Only a fetch tells: the embedded broker gives as the end of a log the place
        after the first record of its last batch.
        """
        consumer.seek(partition, offset)
        found = await consumer.getmany(
            partition, timeout_ms=int(self._timeout * 1000), max_records=1
        )
        records = found.get(partition, [])
        last = self._last.get(partition.partition)
        expected = last[1] if last is not None and last[0] == offset else None
        return (
            bool(records)
            and records[0].offset == offset
            and expected in {None, _digest(records[0])}
        )

    async def _probe(self, consumer: AIOKafkaConsumer) -> None:
        """See that the broker answers and that its log is the one that was read so far.

        A log that was replaced may be as long as the one before, so its end does not tell.
        """
        async with asyncio.timeout(2 * self._timeout):
            ends = await consumer.end_offsets(self._partitions)
            for partition in self._partitions:
                position = await consumer.position(partition)
                if partition.partition not in self._last and position <= ends[partition]:
                    continue
                # At a place that is not there any more the client goes to the beginning.
                if not position or not await self._holds(consumer, partition, position - 1):
                    raise Unreachable(
                        "kafka", f"{self._topic} does not hold any more what was read from it"
                    )
                consumer.seek(partition, position)
        self._probed = asyncio.get_running_loop().time()


def _digest(record: ConsumerRecord[bytes, bytes]) -> str:
    """What tells a record from another one at the same offset of a replaced log."""
    return hashlib.sha256((record.value or b"") + str(record.timestamp).encode()).hexdigest()
