"""Sending messages to Kafka and knowing that they arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from models.errors import Unreachable
from models.exchange import Message


class KafkaPublisher:
    """A producer that waits for every acknowledgement.

    Not the idempotent producer: with its broker dead that one never gives up
    (design.md). A message sent twice is harmless, since commands carry ids.

    Parameters
    ----------
    bootstrap
        Kafka's bootstrap servers.
    request_timeout_ms
        A broker silent for so long is down, in milliseconds.
    """

    def __init__(self, *, bootstrap: str, request_timeout_ms: int) -> None:
        self._bootstrap = bootstrap
        self._request_timeout_ms = request_timeout_ms
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all and wait for the broker's acknowledgement of all.

        Raises
        ------
        models.errors.Unreachable
            At least one was not acknowledged in time.
        """
        timeout = self._request_timeout_ms / 1000
        try:
            async with asyncio.timeout(2 * timeout):
                producer = await self._started()
                sent = [
                    await producer.send(
                        message.topic,
                        message.value,
                        key=message.key.encode(),
                        partition=message.partition,
                        headers=[(name, text.encode()) for name, text in message.headers.items()],
                    )
                    for message in messages
                ]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError, AssertionError) as error:
            raise Unreachable("kafka", f"not acknowledged: {error!r}") from error

    async def close(self) -> None:
        """Let go of the broker; never fails."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(self._request_timeout_ms / 1000):
                await producer.stop()
        except (KafkaError, TimeoutError, OSError):
            return

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    linger_ms=0,
                    request_timeout_ms=self._request_timeout_ms,
                    metadata_max_age_ms=1000,
                    retry_backoff_ms=50,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer
