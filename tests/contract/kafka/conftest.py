"""Two brokers, the embedded one and Apache Kafka: the same suite runs on both.

Each is shared by all tests that leave it alone, each of which has a partition of
its own. Apache Kafka needs Java, and Maven for its jars: where these are missing
its tests are skipped, unless ``NIGHTPLAN_REQUIRE_KAFKA=1`` makes that a failure.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.local.apache_kafka import apache_kafka
from adapters.local.broker import embedded_broker
from adapters.local.errors import ProgramMissing
from models.topic import PARTITIONS

_NUMBERS = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["embedded", "apache"])
async def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The address of a broker that nobody disturbs."""
    directory: Path = tmp_path_factory.mktemp("broker")
    if request.param == "embedded":
        async with embedded_broker(directory) as address:
            yield address
        return
    if shutil.which("java") is None or shutil.which("mvn") is None:
        _do_without("Apache Kafka needs Java 17 and Maven, which are not both here")
    try:
        async with apache_kafka(directory) as address:
            yield address
    except ProgramMissing as error:
        _do_without(f"Apache Kafka is not to be had: {error}")


def _do_without(why: str) -> None:
    """Skip loudly, or fail where Apache Kafka is demanded."""
    if os.environ.get("NIGHTPLAN_REQUIRE_KAFKA") == "1":
        pytest.fail(why)
    pytest.skip(f"{why}: this suite ran on the embedded broker only")


@pytest.fixture
def partition() -> int:
    """A partition that no other test uses on the same broker."""
    return next(_NUMBERS) % PARTITIONS
