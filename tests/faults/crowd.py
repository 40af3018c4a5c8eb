"""Many clients at once, measured from outside.

    python -m tests.faults.crowd [--broker embedded|kafka|both] [--clients 1000] [--report FILE.md]

Every client opens a connection of its own; then all send one request for the same
night at the same moment. And the same for ten instruments, whose scheduling groups two
schedulers share.
"""

# ruff: noqa: ASYNC240, T201 - a program that prints

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import asyncpg

from adapters.local.apache_kafka import kafka_jars
from adapters.local.layout import at
from adapters.local.part import Part
from models.instrument import SchedulingGroup
from tests.faults.nights import CampaignNight, choose_nights
from tests.faults.recovery import all_ready
from tests.faults.system import APIS, SCHEDULERS, Broker, System

KEYS = ("demo-operator", "demo-owner", "demo-partner", "demo-external")
FLEET = 10
FIRST_PARTITION = 4
_FLEET_ID = UUID("6f0b7c1e-52b1-4b57-9a0c-5d1f9c1f7a10")

_DECLARATION = '''"""One of a fleet, for measuring."""

from dataclasses import replace
from uuid import UUID

from instruments.faim_oberpfaffenhofen import INSTRUMENT as FAIM
from models.instrument import SchedulingGroup

INSTRUMENT = replace(
    FAIM,
    id=UUID("{identity}"),
    name="{name}",
    title="{name}",
    group=SchedulingGroup(name="{name}", partition={partition}),
)
'''


@dataclass(frozen=True, slots=True)
class Member:
    """One instrument of the fleet."""

    number: int

    @property
    def name(self) -> str:
        """Its name, and its group's."""
        return f"fleet_{self.number:02}"

    @property
    def identity(self) -> UUID:
        """Its id, of the form of a UUID version 4."""
        return UUID(bytes=uuid5(_FLEET_ID, self.name).bytes, version=4)

    def write(self, directory: Path) -> None:
        """Declare it in a folder."""
        folder = directory / "instruments" / self.name
        folder.mkdir(parents=True)
        (directory / "instruments" / "__init__.py").touch()
        text = _DECLARATION.format(
            name=self.name, identity=self.identity, partition=FIRST_PARTITION + self.number
        )
        (folder / "__init__.py").write_text(text, encoding="utf-8")

    def night_of(self, night: CampaignNight) -> CampaignNight:
        """A night of the instrument that it is a copy of, as its own."""
        group = SchedulingGroup(name=self.name, partition=FIRST_PARTITION + self.number)
        own = replace(night.instrument, id=self.identity, name=self.name, group=group)
        return replace(night, instrument=own)


class Shared(System):
    """A system with a fleet, whose groups the two schedulers share half and half."""

    directory: Path
    members: Sequence[Member]

    def _parts(self) -> list[Part]:
        half = len(self.members) // 2
        shares = dict(zip(SCHEDULERS, (self.members[:half], self.members[half:]), strict=True))
        found = []
        for part in super()._parts():
            env = dict(part.env)
            paths = [str(self.directory), env.get("PYTHONPATH", "")]
            env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
            if part.name in shares:
                env["NIGHTPLAN_GROUPS"] = ",".join(member.name for member in shares[part.name])
            found.append(replace(part, env=env))
        return found


@dataclass(slots=True, kw_only=True)
class Wave:
    """What came of one wave of requests."""

    title: str
    statuses: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    lost: int = 0
    solves: int = 0
    decided: int = 0

    def row(self) -> str:
        """A row of the table."""
        times = sorted(self.times)
        counts = ", ".join(f"{count} × {name}" for name, count in sorted(self.statuses.items()))
        last = times[-1]
        return (
            f"| {self.title} | {len(times)} | {counts} | {times[len(times) // 2]:.2f} s | "
            f"{last:.2f} s | {self.lost} | {self.decided} in {self.solves} solves | "
            f"{self.decided / last:.0f}/s |"
        )


HEADER = (
    "| clients | answered | with | median | last | lost | decided | decided per second |\n"
    "|---|---|---|---|---|---|---|---|"
)


async def send_all(title: str, urls: Sequence[str], requests: Sequence[bytes]) -> Wave:
    """Open all connections, send all requests at once, read all answers."""
    loop = asyncio.get_running_loop()
    found = Wave(title=title)
    streams = []
    for number, _ in enumerate(requests):
        address = urlsplit(urls[number % len(urls)])
        streams.append(await asyncio.open_connection(address.hostname, address.port))
    began = loop.time()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> None:
        try:
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            document = json.loads(await reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError):
            found.statuses["no answer"] += 1
        else:
            status = head.split(b" ", 2)[1].decode()
            found.statuses[status] += 1
            if status == "200":
                found.added.add(document["data"]["id"])
        finally:
            found.times.append(loop.time() - began)
            writer.close()

    await asyncio.gather(
        *(one(*stream, sent) for stream, sent in zip(streams, requests, strict=True))
    )
    return found


def request(night: CampaignNight, dice: random.Random, number: int) -> bytes:
    """One request of one client, as it goes over the line."""
    identifier = UUID(int=dice.getrandbits(128), version=4)
    body = json.dumps({"data": night.request(dice, identifier)}).encode()
    head = (
        f"POST {night.path}/event HTTP/1.1\r\nHost: nightplan\r\n"
        f"X-API-Key: {KEYS[number % len(KEYS)]}\r\nContent-Type: application/vnd.api+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def look(system: System, wave: Wave, nights: Sequence[CampaignNight]) -> None:
    """Compare what was answered with what is stored."""
    connection: Any = await asyncpg.connect(system.database_url)
    try:
        for night in nights:
            decided = await connection.fetchrow(
                "SELECT count(*), count(DISTINCT decided_at) AS solves FROM command "
                "WHERE instrument = $1 AND (body -> 'event' -> 'windows' -> 0 ->> 'start')"
                "::timestamptz BETWEEN $2 AND $3 AND outcome IS NOT NULL",
                night.instrument.id,
                night.dusk,
                night.dawn,
            )
            wave.decided += decided["count"]
            wave.solves += decided["solves"]
        stored = await connection.fetch("SELECT id FROM event")
        wave.lost = len(wave.added - {str(row["id"]) for row in stored})
    finally:
        await connection.close()


async def measure(broker: Broker, clients: int) -> str:
    """All waves on one broker, as Markdown."""
    jars = await kafka_jars() if broker == "kafka" else None
    lines = [f"## {'Apache Kafka' if broker == 'kafka' else 'Embedded broker'}", "", HEADER]
    dice = random.Random(1)
    nights = list(choose_nights(datetime.now(UTC), {"faim_oberpfaffenhofen": 6}))
    with tempfile.TemporaryDirectory(prefix="nightplan-") as name:
        Path(name).chmod(0o755)  # the database runs as another account
        members = [Member(number) for number in range(FLEET)]
        for member in members:
            member.write(Path(name) / "fleet")

        class Fleet(Shared):
            directory = Path(name) / "fleet"

        Fleet.members = members
        plain = System(
            at(Path(name) / "plain"), broker=broker, jars=jars, mutation="", announce=_ignore
        )
        async with plain.running():
            await all_ready(plain)
            urls = [plain.urls[api] for api in APIS]
            for title, asked in (("one API, one night", urls[:1]), ("two APIs, one night", urls)):
                for _ in range(2):
                    night = nights.pop()
                    requests = [request(night, dice, number) for number in range(clients)]
                    wave = await send_all(f"{clients}, {title}", asked, requests)
                    await look(plain, wave, [night])
                    lines.append(wave.row())
                    print(lines[-1], flush=True)
        fleet = Fleet(
            at(Path(name) / "shared"), broker=broker, jars=jars, mutation="", announce=_ignore
        )
        async with fleet.running():
            await all_ready(fleet)
            urls = [fleet.urls[api] for api in APIS]
            for _ in range(2):
                night = nights.pop()
                own = [member.night_of(night) for member in members]
                requests = [
                    request(own[number % FLEET], dice, number // FLEET) for number in range(clients)
                ]
                title = f"{clients}, two APIs, {FLEET} instruments, two schedulers"
                wave = await send_all(title, urls, requests)
                await look(fleet, wave, own)
                lines.append(wave.row())
                print(lines[-1], flush=True)
    return "\n".join([*lines, ""])


def _ignore(_: str) -> None:
    """What happens to the parts does not matter here."""


async def run(options: argparse.Namespace) -> str:
    """Measure and print."""
    brokers = ("embedded", "kafka") if options.broker == "both" else (options.broker,)
    parts = [await measure(broker, options.clients) for broker in brokers]
    text = "\n".join(
        [
            "# Many clients at once",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, `python -m tests.faults.crowd`, Python "
            f"{platform.python_version()}; the clients and all parts on one machine of two cores.",
            "Every wave is a night of its own; times are from the moment at which all are sent. "
            "503 carries `Retry-After`: what could not be answered in time was not begun.",
            "",
            *parts,
        ]
    )
    print(text)
    return text


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--broker", choices=("embedded", "kafka", "both"), default="both")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    text = asyncio.run(run(options))
    if options.report:
        options.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
