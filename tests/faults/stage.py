"""Stage: a small real system on which one scene is played, and everything it shows written down.

One scheduler, one sidecar and one API, each a process with a planted bug or without, on an
embedded database and broker.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from adapters.local.gateway import read_consumers
from models.instant import format_instant
from tests.end_to_end.surroundings import Addresses
from tests.end_to_end.system import GATEWAY, ROOT, Service, System
from tests.faults import mutations
from tests.faults.final import outbox_is_empty, read_final
from tests.faults.history import Entry, Phase, Sent, Told, Writer
from tests.faults.nights import choose_nights, present
from tests.faults.programs.control import DIRECTORY, MUTATION, PART, Control, CrashOrder
from tests.faults.recorder import Recorder
from tests.faults.requester import Caller, Reply, Request, Requester
from tests.faults.watchers import ChangesFollower, ScheduleWatcher

API = "api"
OWNER = "demo-owner"
REPLY_TIMEOUT = 1.5
"""For how long the API waits for an outcome, and a command lives, in seconds."""
INSTRUMENT = "faim_oberpfaffenhofen"
QUICK = 0.05
LONGEST = 30.0
PATIENCE = 6.0
SPAN = 900
"""Seconds of the night that one scene has to itself."""


class Kept(Writer):
    """A history in memory."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.entries: list[Entry] = []

    def write(self, entry: Entry) -> None:
        """Append one entry."""
        if isinstance(entry, Sent) and entry.waits:
            entry = entry.model_copy(update={"life": REPLY_TIMEOUT})
        self.entries.append(entry)


class ArrangedService(Service):
    """A service that can be told to fail.

    Parameters
    ----------
    control
        The directory by which it is told.
    mutation
        The bug planted into it, or empty.
    """

    control: Path
    mutation: str

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("NIGHTPLAN_")
        }
        own = {f"NIGHTPLAN_{name}": value for name, value in self._settings.items()}
        arranged = {DIRECTORY: str(self.control), PART: self.program, MUTATION: self.mutation}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"tests.faults.programs.{self.program}"],
                cwd=ROOT,
                env={**inherited, **own, **arranged},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """End the process as a power cut would; also one that is halted."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)

    @property
    def dead(self) -> bool:
        """Whether the process has ended by itself."""
        assert self._process is not None
        return self._process.poll() is not None

    async def wait_for_death(self) -> None:
        """Return when the process has ended by itself."""
        async with asyncio.timeout(LONGEST):
            while not self.dead:  # noqa: ASYNC110 - a process has no event
                await asyncio.sleep(QUICK)


class ArrangedSystem(System):
    """A system of such services.

    Parameters
    ----------
    directory
        For logs and orders.
    addresses
        The database and the broker.
    mutation
        The bug planted into every service, or empty.
    """

    def __init__(self, directory: Path, addresses: Addresses, mutation: str) -> None:
        self._mutation = mutation
        super().__init__(directory, addresses)

    def _service(self, program: str, port: int, settings: Mapping[str, str]) -> Service:
        plain = super()._service(program, port, {**settings, "PLAN_AHEAD": "0"})
        service = ArrangedService(program, plain.log, port, plain._settings)
        service.control, service.mutation = self._directory, self._mutation
        return service


class Stage:
    """A running system, its clients, and the history that they write.

    Parameters
    ----------
    system
        Started.
    addresses
        Of its surroundings.
    control
        Gives orders to its processes.
    """

    def __init__(self, system: ArrangedSystem, addresses: Addresses, control: Control) -> None:
        self.system = system
        self._control = control
        self._kept = Kept()
        self._recorder = Recorder(self._kept)
        self._database = mutations.plain_url(addresses.database)
        [self.night] = choose_nights(present(), {INSTRUMENT: 1})
        self._scene = 0
        self.url = system.add_api(REPLY_TIMEOUT=str(REPLY_TIMEOUT))
        self._callers = {
            key: Caller(key=key, subject=str(consumer.id))
            for consumer in read_consumers(GATEWAY)
            for key in consumer.keys
        }
        self._requester = Requester("client", {API: self.url}, self._recorder)
        self._watcher = ScheduleWatcher(API, self.url, [self.night], self._recorder, 1.0)
        self._follower = ChangesFollower(addresses.kafka, self._recorder)
        self._following = asyncio.create_task(self._follower.run(), name="changes")
        self._phase("faults")

    @property
    def scheduler(self) -> ArrangedService:
        """The scheduler."""
        assert isinstance(self.system.scheduler, ArrangedService)
        return self.system.scheduler

    def next_scene(self) -> None:
        """Go on to a part of the night that nobody has used."""
        self._scene += 1

    def event(self, second: int, seconds: int = 60, **own: object) -> dict[str, Any]:
        """An event, so many seconds after the beginning of the scene's part of the night."""
        begin = self.night.dusk.replace(microsecond=0).timestamp() + 60 + self._scene * SPAN
        times = [
            format_instant(self.night.dusk.fromtimestamp(begin + each, self.night.dusk.tzinfo))
            for each in (second, second + seconds)
        ]
        attributes = {
            "start_time": times[0],
            "end_time": times[1],
            "zenith": "10.000",
            "azimuth": "20.000",
            "number_of_photos": 2 * seconds,
            **own,
        }
        return {"type": "static", "id": str(uuid4()), "attributes": attributes}

    async def try_to_add(
        self, event: dict[str, Any], *, by: str = OWNER, waits: bool = True
    ) -> Reply:
        """One try to add an event."""
        request = Request(
            action="add", caller=self._callers[by], night=self.night, event=UUID(event["id"]),
            resource=event, waits=waits,
        )  # fmt: skip
        return await self._requester.send(request, API, 1, PATIENCE)

    async def add(self, event: dict[str, Any], *, by: str = OWNER) -> Reply:
        """Try to add an event until there is an answer."""
        async with asyncio.timeout(LONGEST):
            while not (reply := await self.try_to_add(event, by=by)).decided:  # noqa: ASYNC110
                await asyncio.sleep(4 * QUICK)
        return reply

    async def remove(
        self, event: dict[str, Any], *, by: str = OWNER, key: str | None = None
    ) -> Reply:
        """Try to remove an event until there is an answer."""
        request = Request(
            action="remove", caller=self._callers[by], night=self.night,
            event=UUID(event["id"]), key=key,
        )  # fmt: skip
        async with asyncio.timeout(LONGEST):
            while True:
                reply = await self._requester.send(request, API, 1, PATIENCE)
                if reply.decided:
                    return reply
                await asyncio.sleep(4 * QUICK)

    async def read(self) -> None:
        """Read the schedule."""
        await self._watcher.read_all()

    async def follow(self, command: UUID, seconds: float) -> Told:
        """Ask what became of a command until it is decided, but no longer than so many seconds."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            told = await self._requester.ask(command, self._callers[OWNER], API)
            late = asyncio.get_running_loop().time() > end
            if late or told.state in {"added", "removed", "rejected"}:
                return told
            await asyncio.sleep(4 * QUICK)

    def crash_at(self, point: str) -> None:
        """Have the scheduler end itself when it next comes to a point."""
        self._control.arm(CrashOrder(point=point, passages=1))

    def halt(self) -> None:
        """Halt the scheduler."""
        self.scheduler.send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the scheduler go on."""
        self.scheduler.send(signal.SIGCONT)

    async def ready(self) -> None:
        """Return when every service is ready."""
        await asyncio.to_thread(self.system.wait_until_ready)

    async def finish(self) -> list[Entry]:
        """End the campaign; gives its history.

        It does not settle when a service dies, or is not ready in time.
        """
        self._phase("calm")
        with suppress(TimeoutError, AssertionError):
            async with asyncio.timeout(LONGEST):
                await self.ready()
                while not await outbox_is_empty(self._database):  # noqa: ASYNC110
                    await asyncio.sleep(QUICK)
            self._phase("settled")
        await self.read()
        final = await read_final(self._database)
        await self._catch_up({(step.event, step.at) for r in final.events for step in r.history})
        self._kept.write(final)
        return self._kept.entries

    async def close(self) -> None:
        """Let go of everything, and end the services."""
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._requester.close()
        await self._watcher._client.aclose()
        for service in self.system._services():
            assert isinstance(service, ArrangedService)
            service.kill()

    async def _catch_up(self, changes: set[tuple[Any, Any]]) -> None:
        """Wait until the changes that are stored were heard of, or none comes any more."""
        end = asyncio.get_running_loop().time() + 2.0
        while asyncio.get_running_loop().time() < end:
            heard = {
                (each.change.event, each.change.at)
                for each in self._kept.entries
                if each.kind == "announced"
            }
            if changes <= heard:
                return
            await asyncio.sleep(QUICK)

    def _phase(self, name: str) -> None:
        self._kept.write(Phase.model_validate({"at": present(), "name": name}))
