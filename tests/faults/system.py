"""The system under faults: every part a process, every connection a link."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import httpx
import psutil

from adapters.kafka.topics import ensure_topics
from adapters.local.apache_kafka import kafka_jars, kafka_part
from adapters.local.broker import broker_part
from adapters.local.database import DATABASE, OWNER, database_part
from adapters.local.layout import Layout, at
from adapters.local.part import Part
from adapters.local.ports import free_ports
from adapters.local.services import GATEWAY, ROOT
from adapters.local.supervisor import Supervisor, running
from models.topic import TOPICS
from tests.faults.link import LOOPBACK, Link
from tests.faults.programs.control import DIRECTORY, MUTATION, PART, Control

Broker = Literal["embedded", "kafka"]
APIS = ("api-1", "api-2")
SCHEDULERS = ("scheduler-1", "scheduler-2")
SIDECAR, DATABASE_PART, BROKER_PART = "sidecar", "database", "broker"
SERVICES = (*APIS, *SCHEDULERS, SIDECAR)
PARTS = (*SERVICES, DATABASE_PART, BROKER_PART)

_FETCH_WAIT_MS = {"embedded": "25", "kafka": "500"}
_QUICK = 0.5
_PROOF = "the-proof-of-the-campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ports:
    broker: int
    controller: int
    sidecar: int
    services: Mapping[str, int]
    links: Mapping[str, int]


class System:
    """Two APIs, two schedulers, a sidecar, a database and a broker, supervised and linked.

    Parameters
    ----------
    layout
        Where everything is kept.
    broker
        Which broker.
    jars
        Apache Kafka's program, where it is used.
    mutation
        A planted bug, or empty.
    announce
        Is told what happens to the parts.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        broker: Broker,
        jars: Path | None,
        mutation: str,
        announce: Callable[[str], None],
    ) -> None:
        layout.prepare()
        self.layout = layout
        self.broker = broker
        self._mutation = mutation
        self._jars = jars
        self._wipe_broker = False
        self._ports = _take_ports()
        directory = layout.run / "faults"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self.control = Control(directory)
        self.links = self._make_links()
        self.supervisor = Supervisor(layout, self._parts(), announce, longest_delay=_QUICK)
        self.urls = {name: f"http://{LOOPBACK}:{self._ports.services[name]}" for name in SERVICES}

    @property
    def bootstrap(self) -> str:
        """The broker itself, without a link."""
        return f"{LOOPBACK}:{self._ports.broker}"

    @property
    def database_url(self) -> str:
        """The database itself, without a link, as its owner."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(self.layout.sockets))}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[System]:
        """Everything started; stopped on leaving."""
        async with AsyncExitStack() as stack:
            for link in self.links.values():
                await stack.enter_async_context(link.listening())
            await stack.enter_async_context(running(self.supervisor))
            yield self

    def processes(self, part: str) -> list[psutil.Process]:
        """A part's process and, of a database, those of its sessions; the first one leads."""
        number = self.supervisor.pid(part)
        if number is None:
            return []
        try:
            leader = psutil.Process(number)
            return [leader, *leader.children(recursive=True)]
        except psutil.Error:
            return []

    def send(self, part: str, number: int) -> bool:
        """Send a signal to a part; whether it ran."""
        pid = self.supervisor.pid(part)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def wipe_broker(self) -> bool:
        """Kill the broker and have it start without what it kept."""
        self._wipe_broker = True
        return self.send(BROKER_PART, signal.SIGKILL)

    async def make_topics(self) -> None:
        """Make the topics that are missing."""
        await ensure_topics(self.bootstrap, TOPICS, 5.0, replace=self.broker == "embedded")

    def _make_links(self) -> dict[str, Link]:
        targets: dict[str, int | Path] = {
            "broker": self._ports.broker,
            "database": self.layout.sockets / ".s.PGSQL.5432",
            "sidecar": self._ports.sidecar,
        }
        return {
            name: Link(name, port, targets[to], kafka=to == "broker")
            for name, port in self._ports.links.items()
            for to in [name.partition("→")[2]]
        }

    def _parts(self) -> list[Part]:
        ports = self._ports
        migration = self._part(
            "migration",
            {"DATABASE_URL": self.database_url},
            argv=(sys.executable, "-m", "migrations"),
            after=(DATABASE_PART,),
        )
        return [
            database_part(self.layout, DATABASE_PART),
            self._broker(),
            replace(migration, once=True, ready=None),
            *(
                self._part(
                    name,
                    self._stored(name)
                    | self._brokered(name)
                    | {"HEALTH_PORT": str(ports.services[name]), "PLAN_AHEAD": "0"},
                    after=("migration", BROKER_PART),
                )
                for name in SCHEDULERS
            ),
            self._part(
                SIDECAR,
                self._stored(SIDECAR) | {"PORT": str(ports.sidecar)},
                after=("migration",),
            ),
            *(
                self._part(
                    name,
                    self._brokered(name)
                    | {
                        "PORT": str(ports.services[name]),
                        "SIDECAR_URL": f"http://{LOOPBACK}:{ports.links[f'{name}→sidecar']}",
                        "GATEWAY_PROOF": _PROOF,
                        "LOCAL_GATEWAY": str(GATEWAY),
                    },
                    after=(BROKER_PART,),
                )
                for name in APIS
            ),
        ]

    def _stored(self, name: str) -> dict[str, str]:
        port = self._ports.links[f"{name}→database"]
        return {
            "DATABASE_URL": f"postgresql://{OWNER}@{LOOPBACK}:{port}/{DATABASE}?sslmode=disable",
            "DATABASE_ROLE": f"nightplan_{name.partition('-')[0]}",
        }

    def _brokered(self, name: str) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP": f"{LOOPBACK}:{self._ports.links[f'{name}→broker']}",
            "KAFKA_FETCH_WAIT_MS": _FETCH_WAIT_MS[self.broker],
        }

    def _part(
        self,
        name: str,
        settings: Mapping[str, str],
        *,
        after: tuple[str, ...],
        argv: tuple[str, ...] = (),
    ) -> Part:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("NIGHTPLAN_", "FAULTS_"))
        }
        program = f"tests.faults.programs.{name.partition('-')[0]}"
        return Part(
            name=name,
            argv=argv or (sys.executable, "-m", program),
            env={
                **inherited,
                **{f"NIGHTPLAN_{key}": value for key, value in settings.items()},
                DIRECTORY: str(self.control.directory),
                PART: name,
                MUTATION: self._mutation,
                "PYTHONUNBUFFERED": "1",
            },
            cwd=ROOT,
            log=self.layout.log(name),
            after=after,
            # What a part needs may be gone for long: it is not started again for that.
            ready=partial(_lives, self._ports.services.get(name, 0)),
            start_timeout=60.0,
        )

    def _broker(self) -> Part:
        if self._jars is None:
            return broker_part(self.layout, self._ports.broker, name=BROKER_PART)
        part = kafka_part(
            self.layout,
            self._jars,
            port=self._ports.broker,
            controller=self._ports.controller,
            name=BROKER_PART,
        )
        prepare = part.before_start

        async def before_start() -> None:
            if self._wipe_broker:
                self._wipe_broker = False
                shutil.rmtree(self.layout.root / "data" / "kafka", ignore_errors=True)
            if prepare is not None:
                await prepare()

        return replace(part, before_start=before_start)


@asynccontextmanager
async def running_system(
    directory: Path, broker: Broker, mutation: str, announce: Callable[[str], None]
) -> AsyncIterator[System]:
    """A system whose parts all run; stopped on leaving."""
    jars = await kafka_jars() if broker == "kafka" else None
    system = System(at(directory), broker=broker, jars=jars, mutation=mutation, announce=announce)
    async with system.running():
        yield system


def _take_ports() -> _Ports:
    links = (
        *(f"{name}→broker" for name in (*APIS, *SCHEDULERS)),
        *(f"{name}→database" for name in (*SCHEDULERS, SIDECAR)),
        *(f"{name}→sidecar" for name in APIS),
    )
    broker, controller, *others = free_ports(2 + len(SERVICES) + len(links))
    services = dict(zip(SERVICES, others, strict=False))
    return _Ports(
        broker=broker,
        controller=controller,
        sidecar=services[SIDECAR],
        services=services,
        links=dict(zip(links, others[len(SERVICES) :], strict=True)),
    )


async def _lives(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=2.0) as client:  # noqa: S501 - no TLS is spoken here
        try:
            return (await client.get(f"http://{LOOPBACK}:{port}/health/live")).is_success
        except httpx.HTTPError:
            return False
