"""Campaign: faults while clients ask, then calm, then a look at what is stored."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from adapters.local.gateway import read_consumers
from adapters.local.services import GATEWAY
from tests.faults.catalogue import Catalogue
from tests.faults.client import Client, Will
from tests.faults.final import outbox_is_empty, read_final
from tests.faults.history import Phase, Writer
from tests.faults.injector import Injector
from tests.faults.mutations import prepare
from tests.faults.nights import CampaignNight, choose_nights, present
from tests.faults.programs.control import DEADLY_AZIMUTH
from tests.faults.recorder import Recorder
from tests.faults.requester import Caller, Request, Requester
from tests.faults.system import APIS, SCHEDULERS, SERVICES, Broker, System, running_system
from tests.faults.watchers import ChangesFollower, ScheduleWatcher

KEYS = ("demo-operator", "demo-owner", "demo-partner", "demo-external")
EACH = {"faim_oberpfaffenhofen": 3, "faim_otlica": 2, "lidar_alomar": 1}
"""How many nights of which instrument."""

_SURPRISE = re.compile(rf"({'|'.join(SERVICES)}): ended with status [1-9]")
"""What the supervisor says of a service that has ended by itself."""
_LONGEST_CALM = 90.0
_QUIET = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When the faults end: when enough of both came, or the time is over.

    Parameters
    ----------
    commands, faults
        At least so many.
    minutes
        At most so long.
    """

    commands: int
    faults: int
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a campaign is like.

    Parameters
    ----------
    seed
        Of everything that is drawn by lot.
    broker
        Which broker.
    budget
        When the faults end.
    clients
        How many.
    rate
        Commands a second of all clients together.
    every
        Mean time between two faults, in seconds.
    mutation
        A planted bug, or empty.
    """

    seed: int
    broker: Broker
    budget: Budget
    clients: int = 8
    rate: float = 6.0
    every: float = 2.5
    mutation: str = ""


async def run_campaign(
    options: Options, directory: Path, announce: Callable[[str], None]
) -> tuple[Path, Recorder]:
    """Run one campaign.

    Parameters
    ----------
    options
        What it is like.
    directory
        Exists; the history, the logs and the data are kept there.
    announce
        Is told of each phase.

    Returns
    -------
    tuple
        Path of the history, and what was counted beside it.
    """
    path, log = directory / "history.jsonl", directory / "parts.log"
    with path.open("w", encoding="utf-8") as file, log.open("w", encoding="utf-8") as parts:

        def tell(line: str) -> None:
            parts.write(f"{present():%H:%M:%S.%f} {line}\n")
            parts.flush()
            if _SURPRISE.match(line):
                recorder.surprises.append(line)

        recorder = Recorder(Writer(file))
        async with running_system(
            directory / "system", options.broker, options.mutation, tell
        ) as system:
            await _Campaign(options, system, recorder, announce).run()
    return path, recorder


class _Campaign:
    """The phases of one campaign."""

    def __init__(
        self,
        options: Options,
        system: System,
        recorder: Recorder,
        announce: Callable[[str], None],
    ) -> None:
        self._options = options
        self._system = system
        self._recorder = recorder
        self._announce = announce
        self._nights = choose_nights(present(), EACH)
        self._will = Will(pause=options.clients / options.rate)
        self._urls = {name: system.urls[name] for name in APIS}
        self._follower = ChangesFollower(system.bootstrap, recorder)
        self._watchers = [
            ScheduleWatcher(name, url, self._nights, recorder, 1.0)
            for name, url in self._urls.items()
        ]
        self._subjects = {
            key: consumer.id for consumer in read_consumers(GATEWAY) for key in consumer.keys
        }
        self._asking: set[asyncio.Task[object]] = set()

    async def run(self) -> None:
        """All phases; what is stored in the end is the history's last entry."""
        await _wait_for(self._all_ready, _LONGEST_CALM)
        if self._options.mutation:
            await prepare(self._options.mutation, self._system.database_url)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_in_background(self._follower.run(), "changes"))
            for watcher in self._watchers:
                await stack.enter_async_context(_in_background(watcher.run(), "watcher"))
            requesters = []
            for number in range(self._options.clients):
                requester = Requester(f"client-{number}", self._urls, self._recorder)
                requesters.append(requester)
                self._start(self._client(number, requester).run())
            saboteur = Requester("saboteur", self._urls, self._recorder)
            requesters.append(saboteur)
            await self._bring_faults(saboteur)
            await self._calm_down()
            for requester in requesters:
                await requester.close()

    async def _bring_faults(self, saboteur: Requester) -> None:
        dice = random.Random(f"{self._options.seed} faults")
        client = self._client(self._options.clients, saboteur)
        catalogue = Catalogue(
            self._system, self._nights, dice, lambda: self._start(client.add_deadly(DEADLY_AZIMUTH))
        )
        injector = Injector(catalogue, self._recorder, dice, self._options.every)
        self._phase("faults")
        began = time.monotonic()
        budget = self._options.budget
        async with _in_background(injector.run(), "faults"):
            while time.monotonic() - began < 60 * budget.minutes and (  # noqa: ASYNC110
                self._recorder.commands < budget.commands
                or self._recorder.faults.total() < budget.faults
            ):
                await asyncio.sleep(0.5)
        await injector.heal_all()
        # What has to settle is a system that has lost everything but its disk.
        await injector.strike(catalogue.power_cut())
        for link in self._system.links.values():
            link.heal()

    async def _calm_down(self) -> None:
        self._will.stopping.set()
        self._phase("calm")
        end = asyncio.get_running_loop().time() + _LONGEST_CALM
        asked = True
        if self._asking:
            _, waiting = await asyncio.wait(self._asking, timeout=_LONGEST_CALM)
            asked = not waiting
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        left = max(1.0, end - asyncio.get_running_loop().time())
        if await _wait_for(self._all_settled, left) and asked:
            self._phase("settled")
        for watcher in self._watchers:
            await watcher.read_all()
        await _wait_for(self._all_followed, 20.0)
        with suppress(OSError):
            self._recorder.write(await read_final(self._system.database_url))

    def _client(self, number: int, requester: Requester) -> Client:
        key = KEYS[number % len(KEYS)]
        return Client(
            caller=Caller(key=key, subject=self._subjects[key]),
            requester=requester,
            apis=APIS,
            nights=self._nights,
            dice=random.Random(f"{self._options.seed} client {number}"),
            will=self._will,
        )

    def _start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._asking.add(task)

    def _phase(self, name: str) -> None:
        self._announce(
            f"{name}: {self._recorder.commands} commands, {self._recorder.tries} tries,"
            f" {self._recorder.faults.total()} faults"
        )
        self._recorder.write(Phase.model_validate({"at": present(), "name": name}))

    async def _all_settled(self) -> bool:
        return await self._all_ready() and await outbox_is_empty(self._system.database_url)

    async def _all_followed(self) -> bool:
        return self._follower.idle_since + _QUIET < asyncio.get_running_loop().time()

    async def _all_ready(self) -> bool:
        """Whether every part works; of two schedulers one leads each group."""
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=2.0) as client:  # noqa: S501
            led: dict[str, bool] = {}
            for name in SERVICES:
                try:
                    answer = await client.get(f"{self._system.urls[name]}/health/ready")
                except httpx.HTTPError:
                    return False
                if name in SCHEDULERS:
                    for group, leads in answer.json()["parts"].items():
                        led[group] = led.get(group, False) or bool(leads)
                elif not answer.is_success:
                    return False
            return all(led.values())


async def _wait_for(condition: Callable[[], object], seconds: float) -> bool:
    """Return as soon as a condition holds, or False when it does not in time."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        if await condition():  # type: ignore[misc]
            return True
        await asyncio.sleep(0.25)
    return False


@asynccontextmanager
async def _in_background(work: object, name: str) -> AsyncIterator[None]:
    """Have something run while the body does; its failure shows in the end."""
    task: asyncio.Task[None] = asyncio.create_task(work, name=name)  # type: ignore[arg-type]
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


__all__ = ["Budget", "CampaignNight", "Options", "Request", "run_campaign"]
