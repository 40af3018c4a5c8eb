"""The scheduler's log of commands, on Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.kafka.reader import PartitionReader
from models.errors import Unreachable
from models.exchange import Received
from models.topic import COMMANDS, PARTITIONS


class KafkaCommands:
    """The commands of one scheduling group.

    Parameters
    ----------
    bootstrap
        Kafka's bootstrap servers.
    group, partition
        The scheduling group's name and its partition.
    fetch_wait_ms, request_timeout_ms
        As in the settings.
    wait
        Longest time :meth:`receive` waits for a command, in seconds.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        group: str,
        partition: int,
        fetch_wait_ms: int,
        request_timeout_ms: int,
        wait: float = 0.5,
    ) -> None:
        self._partition = partition
        self._wait = wait
        self._opened = False
        self._reader = PartitionReader(
            bootstrap=bootstrap,
            topic=COMMANDS,
            partitions=[partition],
            expected_partitions=PARTITIONS,
            fetch_wait_ms=fetch_wait_ms,
            request_timeout_ms=request_timeout_ms,
            bookmark_group=f"nightplan.scheduler.{group}",
        )

    async def open(self) -> None:
        """Connect, at the bookmark or where this object stopped reading."""
        await self._reader.open(at_end=False)
        self._opened = True

    async def receive(self) -> Sequence[Received]:
        """The next commands in order; empty when none came for a while."""
        if not self._opened:
            await self.open()
        try:
            records = await self._reader.receive(self._wait)
        except Unreachable:
            self._opened = False
            raise
        return [
            Received(value=record.value or b"", offset=record.offset, headers=texts(record.headers))
            for record in records
        ]

    async def move_bookmark(self, offset: int) -> None:
        """Remember that everything before ``offset`` is done."""
        await self._reader.move_bookmark(self._partition, offset)

    async def close(self) -> None:
        """Let go of the broker."""
        self._opened = False
        await self._reader.close()


def texts(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    """A record's headers as text; what is not UTF-8 is left out."""
    texts = {}
    for name, value in headers:
        try:
            texts[name] = value.decode()
        except UnicodeDecodeError:
            continue
    return texts
