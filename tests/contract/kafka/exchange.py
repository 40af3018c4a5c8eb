"""Messages, readers and publishers for the tests of Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from adapters.kafka.commands import KafkaCommands
from adapters.kafka.publisher import KafkaPublisher
from models.errors import Unreachable
from models.exchange import Message, Received
from models.topic import COMMANDS

T = TypeVar("T")


class _Closing(Protocol):
    async def close(self) -> None: ...


Closable = TypeVar("Closable", bound=_Closing)


@asynccontextmanager
async def closing(thing: Closable) -> AsyncIterator[Closable]:
    """Close something in the end."""
    try:
        yield thing
    finally:
        await thing.close()


def message(value: str, partition: int, topic: str = COMMANDS) -> Message:
    """A message of a group with the partition's number for a name."""
    return Message(
        topic=topic,
        partition=partition,
        key=f"group {partition}",
        headers={"ce_id": value, "content-type": "application/json"},
        value=value.encode(),
    )


def publisher(broker: str) -> KafkaPublisher:
    """A publisher with the settings of production."""
    return KafkaPublisher(bootstrap=broker, request_timeout_ms=1500)


def commands(broker: str, partition: int) -> KafkaCommands:
    """The log of a group's commands, quick to say that nothing came."""
    return KafkaCommands(
        bootstrap=broker,
        group=f"group {partition}",
        partition=partition,
        fetch_wait_ms=10,
        request_timeout_ms=1500,
        wait=0.1,
    )


async def receive(log: KafkaCommands, count: int, seconds: float = 10.0) -> list[Received]:
    """So many messages, within so many seconds; a broker that is gone is waited for."""
    found: list[Received] = []

    async with asyncio.timeout(seconds):
        while len(found) < count:
            try:
                found.extend(await log.receive())
            except Unreachable:
                await asyncio.sleep(0.1)
    return found


async def persistently(action: Callable[[], Awaitable[T]], seconds: float = 15.0) -> T:
    """Do something again and again while the broker is gone."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await action()
            except Unreachable:
                await asyncio.sleep(0.1)


def values(received: Sequence[Received]) -> list[str]:
    """What the messages say."""
    return [each.value.decode() for each in received]
