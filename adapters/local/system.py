"""`nightplan up`: all of nightplan on one machine."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil

from adapters.kafka.topics import ensure_topics
from adapters.local.broker import broker_part
from adapters.local.database import database_part, database_url
from adapters.local.errors import HostRefused
from adapters.local.layout import DEFAULT, Layout, at
from adapters.local.part import Hook, Part
from adapters.local.ports import assert_free, free_ports
from adapters.local.services import (
    COMMANDS,
    GATEWAY,
    LOOPBACK,
    ROOT,
    Ports,
    Surroundings,
    base_url,
    service_parts,
)
from adapters.local.supervisor import Supervisor, running
from models.errors import NightplanError
from models.topic import TOPICS

DEMO_CONSUMERS = ("demo-operator", "demo-owner", "demo-partner", "demo-external", "demo-viewer")
"""The consumers in Kong's declarative file; each one's key is its name."""

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TOPICS = 15.0
_PROBE = 2.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user of `nightplan up` can choose.

    Parameters
    ----------
    host
        Address that the API listens on; of the loopback interface.
    port
        Its port; 0: any free one.
    data
        The data directory.
    kafka
        Bootstrap servers of an existing Kafka; None: the embedded broker.
    database
        SQLAlchemy URL of an existing database; None: the embedded one.
    """

    host: str = LOOPBACK
    port: int = 8000
    data: Path = DEFAULT
    kafka: str | None = None
    database: str | None = None


async def run(
    options: Options,
    announce: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
    commands: Mapping[str, tuple[str, ...]] = COMMANDS,
) -> int:
    """Run everything until SIGINT, SIGTERM or SIGHUP; return the exit status.

    A second signal kills what has not stopped yet.

    Parameters
    ----------
    options
        What the user has chosen.
    announce
        Is told what happens, one line at a time.
    environ
        What the services inherit; None: the environment this process was started with.
    commands
        How our own parts are started: `migration`, `scheduler`, `sidecar`, `api`.

    Returns
    -------
    int
        0 when stopped by a signal, 1 when something does not start, 2 when the
        host is refused.
    """
    inherited = psutil.Process().environ() if environ is None else environ
    try:
        assert_loopback(options.host)
        # One's own services are asked directly, over plain HTTP on loopback: no proxy, and
        # no certificates, whose reading would cost a tenth of a second of the start.
        async with httpx.AsyncClient(
            trust_env=False,
            verify=False,  # noqa: S501 - no TLS is spoken here
            timeout=_PROBE,
        ) as client:
            return await _serve(options, announce, inherited, commands, client)
    except NightplanError as error:
        announce(f"nightplan up: {error}")
        return 2 if isinstance(error, HostRefused) else 1


def assert_loopback(host: str) -> None:
    """Do nothing if an address can be reached from this machine only.

    Parameters
    ----------
    host
        An address, or `localhost`.

    Raises
    ------
    HostRefused
        It can be reached from elsewhere, or is none.
    """
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise HostRefused(
        host,
        "`nightplan up` has no gateway in front of it, so it listens on this machine only: "
        "127.0.0.1, ::1 or localhost. To let others reach it, run the services behind Kong.",
    )


async def _serve(
    options: Options,
    announce: Callable[[str], None],
    environ: Mapping[str, str],
    commands: Mapping[str, tuple[str, ...]],
    client: httpx.AsyncClient,
) -> int:
    layout = at(options.data)
    layout.prepare()
    api, broker, scheduler, sidecar, *metrics = free_ports(7)
    port = options.port or api
    around = Surroundings(
        database=options.database or database_url(layout),
        kafka=options.kafka or f"{LOOPBACK}:{broker}",
        host=options.host,
        port=port,
        ports=Ports(
            broker=broker,
            scheduler=scheduler,
            sidecar=sidecar,
            scheduler_metrics=metrics[0],
            sidecar_metrics=metrics[1],
            api_metrics=metrics[2],
        ),
        environ=environ,
        commands=commands,
        client=client,
    )
    supervisor = Supervisor(layout, _parts(options, layout, around), announce)

    async def serve() -> None:
        async with running(supervisor, partial(assert_free, options.host, port)):
            for line in _welcome(options.host, port, layout):
                announce(line)
            await asyncio.Event().wait()

    return await _until_signalled(serve(), supervisor, announce)


def _parts(options: Options, layout: Layout, around: Surroundings) -> list[Part]:
    """Return all parts; each waits only for those of its predecessors that are ours."""
    parts: list[Part] = []
    topics: Hook | None = None
    if options.database is None:
        parts.append(database_part(layout))
    if options.kafka is None:
        parts.append(broker_part(layout, around.ports.broker))
    else:
        topics = partial(ensure_topics, options.kafka, TOPICS, _TOPICS, replication=None)
    parts += service_parts(layout, around, topics)
    names = {part.name for part in parts}
    return [replace(part, after=tuple(n for n in part.after if n in names)) for part in parts]


async def _until_signalled(
    work: Coroutine[Any, Any, None], supervisor: Supervisor, announce: Callable[[str], None]
) -> int:
    """Carry on with the work until a signal asks to stop it; a second one kills."""
    task = asyncio.create_task(work)
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            supervisor.kill()
            return
        asked = True
        announce("stopping")
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not asked:
            raise
        announce("stopped")
    finally:
        for number in _STOPS:
            loop.remove_signal_handler(number)
    return 0


def _welcome(host: str, port: int, layout: Layout) -> list[str]:
    url = base_url(host, port)
    return [
        "",
        f"  API           {url}",
        f"  description   {url}/openapi.json",
        f"  instruments   {url}/v1/instrument",
        f"  data, logs    {layout.root}",
        "",
        "It listens on this machine only. No Kong stands in front of it, so it checks X-API-Key",
        f"itself, against {GATEWAY.relative_to(ROOT)}. Demo consumers, whose keys are their names:",
        f"  {', '.join(DEMO_CONSUMERS)}",
        f"  curl -H 'X-API-Key: {DEMO_CONSUMERS[0]}' {url}/v1/instrument",
        "Ctrl-C stops it; started again on the same directory, everything accepted is there.",
        "nightplan is ready",
    ]
