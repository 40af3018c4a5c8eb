"""The embedded database and broker, in a thread of their own: tests are plain code."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from adapters.kafka.topics import ensure_topics
from adapters.local.broker import embedded_broker
from adapters.local.database import embedded_postgres
from adapters.postgres.schema import migrate
from models.topic import TOPICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a database and a broker are: a SQLAlchemy URL and bootstrap servers."""

    database: str
    kafka: str


class Surroundings:
    """Starts databases and brokers, each on its own directory, and stops them in the end.

    Parameters
    ----------
    directory
        Where they keep their files.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._started: Future[None] = Future()
        self._requests: asyncio.Queue[tuple[str, Future[Addresses]] | None] = asyncio.Queue()
        # One task enters and leaves everything, as cancel scopes demand.
        self._thread = threading.Thread(target=self._run, name="surroundings")
        self._thread.start()

    def start(self, name: str) -> Addresses:
        """A fresh, migrated database and a fresh broker with its topics."""
        answer: Future[Addresses] = Future()
        self._loop.call_soon_threadsafe(self._requests.put_nowait, (name, answer))
        return answer.result(60)

    def stop(self) -> None:
        """End everything that was started."""
        self._loop.call_soon_threadsafe(self._requests.put_nowait, None)
        self._thread.join(30)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with self._stack:
            while (request := await self._requests.get()) is not None:
                name, answer = request
                try:
                    answer.set_result(await self._start(self._directory / name))
                except BaseException as error:
                    answer.set_exception(error)
                    raise

    async def _start(self, directory: Path) -> Addresses:
        database = await self._stack.enter_async_context(embedded_postgres(directory / "database"))
        kafka = await self._stack.enter_async_context(embedded_broker(directory / "broker"))
        await migrate(database)
        await ensure_topics(kafka, TOPICS, 5)
        return Addresses(database=database, kafka=kafka)
