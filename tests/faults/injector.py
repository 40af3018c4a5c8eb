"""Injector: brings one fault after the other, at most two lasting ones at once, and heals them."""

from __future__ import annotations

import asyncio
import contextlib
import random

import psutil

from tests.faults.catalogue import Catalogue
from tests.faults.fault import Fault
from tests.faults.history import Healed, Injected
from tests.faults.nights import present
from tests.faults.recorder import Recorder

_MOST_LASTING = 2
_SHORTEST_PAUSE = 0.3


class Injector:
    """Brings faults.

    Parameters
    ----------
    catalogue
        Deals them.
    recorder
        Is told of each.
    dice
        Seeded.
    every
        Mean time between two, in seconds.
    """

    def __init__(
        self, catalogue: Catalogue, recorder: Recorder, dice: random.Random, every: float
    ) -> None:
        self._catalogue = catalogue
        self._recorder = recorder
        self._dice = dice
        self._every = every
        self._lasting: dict[asyncio.Task[None], Fault] = {}
        self._striking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Bring faults until cancelled; those that last are left to :meth:`heal_all`."""
        while True:
            pause = self._dice.expovariate(1 / self._every)
            await asyncio.sleep(min(max(pause, _SHORTEST_PAUSE), 3 * self._every))
            fault = self._catalogue.deal(lasting=len(self._lasting) < _MOST_LASTING)
            if any(other.target == fault.target for other in self._lasting.values()):
                continue
            await self._bring(fault)

    async def strike(self, fault: Fault) -> None:
        """Bring one fault that is over at once, now."""
        await self._strike(fault, _entry(fault))

    async def heal_all(self) -> None:
        """Heal what still lasts; returns when all is healed."""
        tasks = [*self._lasting, *self._striking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _bring(self, fault: Fault) -> None:
        entry = _entry(fault)
        if fault.heal is None:
            task = asyncio.create_task(self._strike(fault, entry), name=fault.kind)
            self._striking.add(task)
            task.add_done_callback(self._striking.discard)
            return
        self._recorder.write(entry)
        await fault.begin()
        task = asyncio.create_task(self._last(fault), name=f"{fault.kind} {fault.target}")
        self._lasting[task] = fault
        task.add_done_callback(self._lasting.pop)

    async def _strike(self, fault: Fault, entry: Injected) -> None:
        """Have a fault happen that is over at once; it counts if it did."""
        if fault.loses_log:
            # Said before it happens: what is lost is lost from here on.
            self._recorder.write(entry)
        if await fault.begin() and not fault.loses_log:
            self._recorder.write(entry.model_copy(update={"at": present()}))

    async def _last(self, fault: Fault) -> None:
        assert fault.heal is not None
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            with contextlib.suppress(psutil.Error):
                await fault.heal()
            self._recorder.write(Healed(at=present(), fault=fault.kind, target=fault.target))


def _entry(fault: Fault) -> Injected:
    return Injected(
        at=present(),
        fault=fault.kind,
        target=fault.target,
        loses_log=fault.loses_log,
        detail=fault.detail,
    )
