"""The embedded broker: one for all tests that leave it alone, each with a partition of its own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.local.broker import embedded_broker

_NUMBERS = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a broker that nobody disturbs."""
    directory: Path = tmp_path_factory.mktemp("broker")
    async with embedded_broker(directory) as address:
        yield address


@pytest.fixture
def partition() -> int:
    """A partition that no other test uses."""
    return next(_NUMBERS)
