"""Links carry, cut, swallow, hold and slow; one to a broker names itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.local.ports import free_ports
from tests.faults.link import LOOPBACK, Link

pytestmark = pytest.mark.asyncio


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes."""
    try:
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def linked(*, kafka: bool = False) -> AsyncIterator[Link]:
    """A link to a server that sends everything back."""
    there, here = free_ports(2)
    server = await asyncio.start_server(echo, LOOPBACK, there)
    link = Link("a→b", here, there, kafka=kafka)
    async with link.listening():
        yield link
    server.close()


async def ask(link: Link, data: bytes = b"hello", seconds: float = 2.0) -> bytes:
    """What comes back over a new connection; nothing if it is reset."""
    reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
    try:
        writer.write(data)
        async with asyncio.timeout(seconds):
            return await reader.readexactly(len(data))
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.close()


async def test_it_carries() -> None:
    async with linked() as link:
        assert await ask(link, b"x" * 100_000) == b"x" * 100_000


async def test_what_is_cut_is_reset_until_healed() -> None:
    async with linked() as link:
        reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
        writer.write(b"1")
        assert await reader.readexactly(1) == b"1"
        link.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        assert await ask(link) == b""
        link.heal()
        assert await ask(link) == b"hello"


@pytest.mark.parametrize("direction", ["up", "down", "both"])
async def test_what_is_swallowed_never_comes_and_the_connection_is_torn(direction: str) -> None:
    async with linked() as link:
        reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
        link.swallow(direction)  # type: ignore[arg-type]
        writer.write(b"1")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        link.heal()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 2)
        writer.close()
        assert await ask(link) == b"hello"


async def test_what_is_held_comes_later() -> None:
    async with linked() as link:
        link.hold()
        asking = asyncio.create_task(ask(link))
        await asyncio.sleep(0.2)
        assert not asking.done()
        link.heal()
        assert await asking == b"hello"


async def test_slow_takes_its_time() -> None:
    async with linked() as link:
        link.slow(0.05, 10_000)
        began = time.monotonic()
        assert await ask(link, b"x" * 1000, 5) == b"x" * 1000
        assert time.monotonic() - began > 2 * (0.05 + 0.1)


async def test_the_brokers_address_becomes_the_links() -> None:
    async with linked(kafka=True) as link:
        target = link._target
        assert isinstance(target, int)
        said = b"\x00\x09127.0.0.1" + target.to_bytes(4) + b"rest"
        frame = len(said).to_bytes(4) + said
        assert await ask(link, frame) == frame.replace(target.to_bytes(4), link.port.to_bytes(4))
