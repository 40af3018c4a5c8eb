"""Links: every connection of the system goes through one, which can be cut, swallow, hold or slow.

A link listens on a port of its own and passes on what it gets to one target. Clients of
Kafka are told by the broker where to connect to; a link to a broker puts its own port in
the place of the broker's in what the broker says, so that every process has its own link.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

LOOPBACK = "127.0.0.1"
Direction = Literal["up", "down", "both"]
_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Connection:
    """One client's connection with its other half."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    torn: bool = False

    def reset(self) -> None:
        """End both halves at once, so that both sides notice."""
        for writer in self.writers:
            with contextlib.suppress(OSError):
                found = writer.get_extra_info("socket")
                if found is not None and found.family != socket.AF_UNIX:
                    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Link:
    """The connections of one process to one other.

    Parameters
    ----------
    name
        Such as ``api-1→broker``.
    port
        Where it listens on 127.0.0.1.
    target
        A port on 127.0.0.1, or the path of a Unix socket.
    kafka
        Whether the broker's port in what it says is replaced by the link's.
    """

    def __init__(self, name: str, port: int, target: int | Path, *, kafka: bool = False) -> None:
        self.name = name
        self.port = port
        self._target = target
        self._kafka = kafka
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._cut = False
        self._swallows: Direction | None = None
        self._latency = 0.0
        self._rate = float("inf")

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Link]:
        """Carry connections until left."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port, backlog=256)
        try:
            yield self
        finally:
            self._server.close()
            self.heal()
            for connection in list(self._connections):
                connection.reset()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections and every new one."""
        self._cut = True
        for connection in list(self._connections):
            connection.reset()

    def break_once(self) -> None:
        """Reset all connections; new ones are carried."""
        for connection in list(self._connections):
            connection.reset()

    def swallow(self, direction: Direction) -> None:
        """Take what is sent in a direction (``up``: to the target) and pass nothing on."""
        self._swallows = direction

    def hold(self) -> None:
        """Pass nothing on until healed; nothing is lost."""
        self._open.clear()

    def slow(self, latency: float, rate: float) -> None:
        """Delay everything by ``latency`` seconds and carry ``rate`` bytes a second."""
        self._latency, self._rate = latency, rate

    def heal(self) -> None:
        """Carry everything again; connections that something is missing from are reset."""
        self._cut, self._swallows = False, None
        self._latency, self._rate = 0.0, float("inf")
        self._open.set()
        for connection in list(self._connections):
            if connection.torn:
                connection.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        connection = _Connection([writer])
        self._connections.add(connection)
        try:
            if not self._cut:
                await self._carry(connection, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.reset()
            self._connections.discard(connection)

    async def _carry(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carry one connection in both directions until one side ends it."""
        if isinstance(self._target, Path):
            there = await asyncio.open_unix_connection(str(self._target))
        else:
            there = await asyncio.open_connection(LOOPBACK, self._target)
        connection.writers.append(there[1])
        if self._cut:
            return
        pumps = [
            asyncio.create_task(self._pump(connection, reader, there[1], "up")),
            asyncio.create_task(self._pump(connection, there[0], writer, "down")),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(OSError):
                for end in connection.writers:
                    if end.can_write_eof() and not end.is_closing():
                        await asyncio.wait_for(end.drain(), 1.0)
        except TimeoutError:
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in connection.writers:
                end.close()

    async def _pump(
        self,
        connection: _Connection,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        direction: Direction,
    ) -> None:
        while data := await self._read(source, direction):
            await self._open.wait()
            if self._swallows in {direction, "both"}:
                connection.torn = True
                continue
            if self._latency or self._rate != float("inf"):
                await asyncio.sleep(self._latency + len(data) / self._rate)
            sink.write(data)
            await sink.drain()

    async def _read(self, source: asyncio.StreamReader, direction: Direction) -> bytes:
        if not self._kafka or direction == "up" or not isinstance(self._target, int):
            return await source.read(_CHUNK)
        # Kafka frames each answer by its length; an address is a text and a port of four bytes.
        size = await source.readexactly(4)
        body = await source.readexactly(int.from_bytes(size))
        host = LOOPBACK.encode()
        return size + body.replace(host + self._target.to_bytes(4), host + self.port.to_bytes(4))
