"""How long nightplan is away when a part is, measured from outside.

    python -m tests.faults.recovery [--broker embedded|kafka|both] [--kills 20] [--report FILE.md]

Takeover: the active scheduler is killed (SIGKILL) while another stands by; from the
kill to the answer of a request sent after it. Outage: the database or the broker is
killed and kept away; what is answered meanwhile, and the time from when it answers
again to the first change that is carried out.
"""

# ruff: noqa: ASYNC110, ASYNC240, T201 - a program that asks until it is so, and prints
from __future__ import annotations

import argparse
import asyncio
import json
import platform
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from adapters.kafka.topics import probe
from adapters.local.apache_kafka import kafka_jars
from adapters.local.layout import at
from adapters.local.part import Part
from models.errors import NightplanError
from models.instant import format_instant
from tests.faults.nights import CampaignNight, choose_nights
from tests.faults.system import APIS, BROKER_PART, DATABASE_PART, SCHEDULERS, Broker, System

AWAY = 6.0
"""Seconds for which a part is kept away."""


class Gated(System):
    """A system whose database and broker, once dead, stay away until they are let in again."""

    def __init__(self, *given: Any, **more: Any) -> None:
        self.gates = {name: asyncio.Event() for name in (DATABASE_PART, BROKER_PART)}
        for gate in self.gates.values():
            gate.set()
        super().__init__(*given, **more)

    def _parts(self) -> list[Part]:
        return [
            replace(part, before_start=self._behind(self.gates[part.name], part.before_start))
            if part.name in self.gates
            else part
            for part in super()._parts()
        ]

    def _behind(
        self, gate: asyncio.Event, prepare: Callable[[], Awaitable[None]] | None
    ) -> Callable[[], Awaitable[None]]:
        async def wait() -> None:
            await gate.wait()
            if prepare is not None:
                await prepare()

        return wait

    async def answers(self, part: str) -> bool:
        """Whether the database or the broker answers, asked without a link."""
        try:
            if part == DATABASE_PART:
                connection = await asyncpg.connect(self.database_url, timeout=1)
                await connection.fetchval("SELECT 1")
                await connection.close()
            else:
                await probe(self.bootstrap, 1.0)
        except (OSError, TimeoutError, asyncpg.PostgresError, NightplanError):
            return False
        return True

    def leader(self) -> str:
        """The scheduler that was the last to say that it leads."""
        said = {}
        for name in SCHEDULERS:
            for line in self.layout.log(name).read_text(encoding="utf-8").splitlines():
                if '"leading"' in line and '"faim"' in line:
                    said[name] = json.loads(line)["time"]
        return max(said, key=lambda name: said[name])


@dataclass(slots=True)
class Client:
    """Asks one API for short events, one after another, with as many tries as it takes."""

    http: httpx.AsyncClient
    night: CampaignNight
    second: int = 600
    answers: Counter[str] = field(default_factory=Counter)

    def event(self) -> dict[str, Any]:
        """An event of a second, in a second that no other has asked for."""
        self.second += 2
        start = self.night.dusk + timedelta(seconds=self.second)
        own = {"zenith": "10.000", "azimuth": "20.000", "number_of_photos": 2}
        times = {
            "start_time": format_instant(start),
            "end_time": format_instant(start + timedelta(seconds=1)),
        }
        return {"type": "static", "id": str(uuid4()), "attributes": {**times, **own}}

    async def add(self, event: dict[str, Any]) -> int | None:
        """One try; its status, or None if there was no answer."""
        try:
            response = await self.http.post(
                f"/v1/instrument/{self.night.instrument.id}/event", json={"data": event}
            )
        except httpx.HTTPError:
            self.answers["none"] += 1
            return None
        self.answers[str(response.status_code)] += 1
        return response.status_code

    async def add_until_done(self) -> float:
        """Ask until it is added; the monotonic time of that."""
        event = self.event()
        while await self.add(event) != httpx.codes.OK:
            await asyncio.sleep(0.02)
        return asyncio.get_running_loop().time()

    async def read(self) -> tuple[int | None, int]:
        """Read the schedule: the status, and the age it is said to have."""
        path = f"/v1/instrument/{self.night.instrument.id}/schedule"
        query = {"filter[night]": self.night.date.isoformat()}
        try:
            response = await self.http.get(path, params=query)
        except httpx.HTTPError:
            return None, 0
        return response.status_code, int(response.headers.get("age", "0"))


@asynccontextmanager
async def running(directory: Path, broker: Broker) -> AsyncIterator[Gated]:
    """A gated system, all of it ready."""
    jars = await kafka_jars() if broker == "kafka" else None
    system = Gated(at(directory), broker=broker, jars=jars, mutation="", announce=_say_nothing)
    async with system.running():
        await all_ready(system)
        yield system


def _say_nothing(_: str) -> None:
    """What happens to the parts is what is measured."""


async def all_ready(system: System) -> None:
    """Return when every service says that it is ready."""
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http:
        async with asyncio.timeout(60):
            for name in (*APIS, *SCHEDULERS):
                while not await _ready(http, system.urls[name]):
                    await asyncio.sleep(0.05)


async def _ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/ready")).is_success
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def client_of(system: System, night: CampaignNight, api: str) -> AsyncIterator[Client]:
    """A client of one API."""
    async with httpx.AsyncClient(
        base_url=system.urls[api],
        headers={"X-API-Key": "demo-owner"},
        timeout=10.0,
        trust_env=False,
    ) as http:
        yield Client(http, night)


async def take_over(system: Gated, night: CampaignNight, kills: int) -> list[float]:
    """Seconds from each kill of the active scheduler to the next answer."""
    found = []
    async with client_of(system, night, APIS[0]) as client:
        await client.add_until_done()
        for _ in range(kills):
            await all_ready(system)
            leader = system.leader()
            began = asyncio.get_running_loop().time()
            system.send(leader, signal.SIGKILL)
            found.append(await client.add_until_done() - began)
    return found


@dataclass(slots=True, kw_only=True)
class Outage:
    """What was seen while a part was away, and after."""

    part: str
    reads: Counter[str] = field(default_factory=Counter)
    oldest: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    start: float = 0.0
    recovery: float = 0.0


async def be_away(system: Gated, night: CampaignNight, part: str) -> Outage:
    """Kill the database or the broker, keep it away, let it in again."""
    loop = asyncio.get_running_loop()
    found = Outage(part=part)
    async with (
        client_of(system, night, APIS[0]) as writer,
        client_of(system, night, APIS[1]) as reader,
    ):
        await writer.add_until_done()
        await reader.read()
        writer.answers.clear()
        system.gates[part].clear()
        system.send(part, signal.SIGKILL)
        ends = loop.time() + AWAY

        async def keep_reading() -> None:
            while loop.time() < ends:
                status, age = await reader.read()
                found.reads[f"{status}{' with Age' if age else ''}"] += 1
                found.oldest = max(found.oldest, age)
                await asyncio.sleep(0.1)

        async def keep_writing() -> None:
            while loop.time() < ends:
                await writer.add(writer.event())
                await asyncio.sleep(0.1)

        await asyncio.gather(keep_reading(), keep_writing())
        found.changes = Counter(writer.answers)
        opened = loop.time()
        system.gates[part].set()
        while not await system.answers(part):
            await asyncio.sleep(0.02)
        back = loop.time()
        found.start = back - opened
        found.recovery = await writer.add_until_done() - back
        await all_ready(system)
    return found


async def measure(broker: Broker, kills: int, outages: int) -> str:
    """All measurements on one broker, as Markdown."""
    lines = [f"## {'Apache Kafka' if broker == 'kafka' else 'Embedded broker'}", ""]
    with tempfile.TemporaryDirectory(prefix="nightplan-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        async with running(directory, broker) as system:
            nights = list(
                choose_nights(datetime.now(UTC), {"faim_oberpfaffenhofen": 1 + 2 * outages})
            )
            times = sorted(await take_over(system, nights.pop(), kills))
            lines += [
                f"Takeover, {kills} kills of the active scheduler: median {median(times):.2f} s, "
                f"worst {times[-1]:.2f} s (targets 0.5 and 2).",
                "",
                "| away | reads meanwhile | oldest plan served | changes meanwhile | own start | "
                "recovery after it answers |",
                "|---|---|---|---|---|---|",
            ]
            for part in (DATABASE_PART, BROKER_PART):
                for _ in range(outages):
                    one = await be_away(system, nights.pop(), part)
                    lines.append(
                        f"| {part}, {AWAY:g} s | {_counts(one.reads)} | {one.oldest} s | "
                        f"{_counts(one.changes)} | {one.start:.1f} s | {one.recovery:.2f} s |"
                    )
                    print(lines[-1], flush=True)
    return "\n".join([*lines, ""])


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in sorted(found.items())) or "none"


async def run(options: argparse.Namespace) -> None:
    """Measure and print."""
    brokers = ("embedded", "kafka") if options.broker == "both" else (options.broker,)
    parts = [await measure(broker, options.kills, options.outages) for broker in brokers]
    text = "\n".join(
        [
            "# Recovery",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, `python -m tests.faults.recovery`, Python "
            f"{platform.python_version()}, two APIs and two schedulers with every connection "
            "through a proxy, all on one machine of two cores.",
            "",
            *parts,
        ]
    )
    print(text)
    if options.report:
        options.report.write_text(text, encoding="utf-8")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--broker", choices=("embedded", "kafka", "both"), default="both")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--outages", type=int, default=3)
    parser.add_argument("--report", type=Path)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
