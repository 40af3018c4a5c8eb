"""Catalogue: every kind of fault, with what it hits and how often it comes.

The kinds are cards of a deck that is shuffled by the seed and dealt to its end before it is
shuffled again, so that each kind comes.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Sequence

from tests.faults.brokered import poisons, remake_topics, send_poison
from tests.faults.fault import Fault, Step
from tests.faults.link import Direction, Link
from tests.faults.nights import CampaignNight
from tests.faults.programs.control import CrashOrder
from tests.faults.programs.crash_points import POINTS
from tests.faults.stored import FullDisk, end_sessions
from tests.faults.system import (
    APIS,
    BROKER_PART,
    DATABASE_PART,
    PARTS,
    SCHEDULERS,
    SIDECAR,
    System,
)

_CRASH_WAIT = 6.0
_HOUR = 3600.0
Make = Callable[[], Fault]


class Catalogue:
    """Deals faults.

    Parameters
    ----------
    system
        What they hit.
    nights
        Those that poisonous messages are about.
    dice
        Seeded.
    deadly
        Sends an event that ends the process that decides it.
    """

    def __init__(
        self,
        system: System,
        nights: Sequence[CampaignNight],
        dice: random.Random,
        deadly: Callable[[], None],
    ) -> None:
        self._system = system
        self._nights = nights
        self._dice = dice
        self._deadly = deadly
        self._deck: list[Make] = []

    def deal(self, *, lasting: bool) -> Fault:
        """The next fault; ``lasting``: whether it may be one that has to be healed."""
        for _ in range(100):
            if not self._deck:
                self._deck = self._new_deck()
            make = self._deck.pop()
            fault = make()
            if lasting or fault.heal is None:
                return fault
            # Its turn comes later.
            self._deck.insert(0, make)
        return self._kill(self._dice.choice(PARTS))

    def power_cut(self) -> Fault:
        """Everything ends at once."""

        async def begin() -> bool:
            sent = [self._system.send(part, signal.SIGKILL) for part in PARTS]
            return any(sent)

        return Fault(
            kind="power-cut",
            target="all",
            begin=begin,
            loses_log=self._system.broker == "embedded",
        )

    def _new_deck(self) -> list[Make]:
        cards: dict[Make, int] = {
            lambda: self._kill(self._dice.choice(SCHEDULERS)): 6,
            lambda: self._kill(self._dice.choice((*APIS, SIDECAR))): 4,
            lambda: self._kill(DATABASE_PART): 2,
            lambda: self._kill(BROKER_PART): 2,
            lambda: self._stop(self._dice.choice((*SCHEDULERS, *APIS, SIDECAR))): 4,
            lambda: self._stop(self._dice.choice((DATABASE_PART, BROKER_PART))): 1,
            lambda: self._halt(self._dice.choice(SCHEDULERS)): 4,
            lambda: self._halt(self._dice.choice((*APIS, SIDECAR))): 2,
            lambda: self._halt(self._dice.choice((DATABASE_PART, BROKER_PART))): 2,
            self._crash: 12,
            self._end_sessions: 3,
            self._immediate: 1,
            self.power_cut: 1,
            self._wipe_broker: 1,
            self._remake_topics: 1,
            self._reset: 3,
            self._cut: 3,
            self._swallow: 5,
            self._hold: 2,
            self._slow: 3,
            self._fill_disk: 1,
            self._wrong_clock: 2,
            self._poison: 3,
            self._deadly_event: 1,
        }
        deck = [card for card, number in cards.items() for _ in range(number)]
        self._dice.shuffle(deck)
        return deck

    def _kill(self, part: str) -> Fault:
        return Fault(
            kind="kill",
            target=part,
            begin=self._signal(part, signal.SIGKILL),
            loses_log=part == BROKER_PART and self._system.broker == "embedded",
        )

    def _stop(self, part: str) -> Fault:
        # SIGTERM has PostgreSQL wait for its sessions to end, SIGINT ends them.
        number = signal.SIGINT if part == DATABASE_PART else signal.SIGTERM
        return Fault(
            kind="stop",
            target=part,
            begin=self._signal(part, number),
            loses_log=part == BROKER_PART and self._system.broker == "embedded",
        )

    def _immediate(self) -> Fault:
        return Fault(
            kind="stop-immediate",
            target=DATABASE_PART,
            begin=self._signal(DATABASE_PART, signal.SIGQUIT),
        )

    def _signal(self, part: str, number: int) -> Step:
        async def begin() -> bool:
            return self._system.send(part, number)

        return begin

    def _halt(self, part: str) -> Fault:
        async def begin() -> bool:
            processes = self._system.processes(part)
            for process in processes:
                process.suspend()
            return bool(processes)

        async def heal() -> bool:
            for process in self._system.processes(part):
                process.resume()
            return True

        return Fault(
            kind="halt",
            target=part,
            begin=begin,
            heal=heal,
            seconds=self._dice.choice([0.2, 0.5, 1.0, 2.0, 4.0, 8.0]),
        )

    def _crash(self) -> Fault:
        control = self._system.control
        order = CrashOrder(point=self._dice.choice(POINTS), passages=self._dice.randint(1, 4))

        async def begin() -> bool:
            if control.is_armed():
                return False
            control.arm(order)
            end = asyncio.get_running_loop().time() + _CRASH_WAIT
            while control.is_armed() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            return not control.disarm()

        detail = f"{order.point}, passage {order.passages}"
        return Fault(kind="crash-point", target="scheduler", begin=begin, detail=detail)

    def _end_sessions(self) -> Fault:
        application = self._dice.choice(["nightplan-scheduler", "nightplan-sidecar"])
        return Fault(
            kind="session-ended",
            target=application,
            begin=lambda: end_sessions(self._system, application),
        )

    def _wipe_broker(self) -> Fault:
        async def begin() -> bool:
            return self._system.wipe_broker()

        return Fault(kind="broker-wiped", target=BROKER_PART, begin=begin, loses_log=True)

    def _remake_topics(self) -> Fault:
        return Fault(
            kind="topics-remade",
            target=BROKER_PART,
            begin=lambda: remake_topics(self._system),
            loses_log=True,
        )

    def _link(self) -> Link:
        return self._system.links[self._dice.choice(sorted(self._system.links))]

    def _reset(self) -> Fault:
        link = self._link()

        async def begin() -> bool:
            link.break_once()
            return True

        return Fault(kind="reset", target=link.name, begin=begin)

    def _cut(self) -> Fault:
        return self._on_link("cut", self._link(), Link.cut, 0.3, 5.0)

    def _swallow(self) -> Fault:
        directions: tuple[Direction, ...] = ("up", "down", "both")
        direction = self._dice.choice(directions)
        return self._on_link(
            "swallow", self._link(), lambda link: link.swallow(direction), 0.2, 8.0, direction
        )

    def _hold(self) -> Fault:
        return self._on_link("hold", self._link(), Link.hold, 0.2, 8.0)

    def _slow(self) -> Fault:
        latency = self._dice.choice([0.02, 0.1, 0.4])
        rate = self._dice.choice([20_000.0, 200_000.0])
        detail = f"{latency * 1000:g} ms, {rate / 1000:g} kB/s"
        return self._on_link(
            "slow", self._link(), lambda link: link.slow(latency, rate), 1.0, 8.0, detail
        )

    def _on_link(
        self,
        kind: str,
        link: Link,
        act: Callable[[Link], None],
        shortest: float,
        longest: float,
        detail: str = "",
    ) -> Fault:
        async def begin() -> bool:
            act(link)
            return True

        async def heal() -> bool:
            link.heal()
            return True

        return Fault(
            kind=kind,
            target=link.name,
            begin=begin,
            heal=heal,
            seconds=self._dice.uniform(shortest, longest),
            detail=detail,
        )

    def _fill_disk(self) -> Fault:
        disk = FullDisk(self._system)
        return Fault(
            kind="disk-full",
            target=DATABASE_PART,
            begin=disk.begin,
            heal=disk.heal,
            seconds=self._dice.uniform(1.0, 5.0),
        )

    def _wrong_clock(self) -> Fault:
        part = self._dice.choice((*APIS, SIDECAR, *SCHEDULERS))
        error = self._dice.choice([-1, 1]) * self._dice.uniform(0.5, 30) * _HOUR

        async def begin() -> bool:
            self._system.control.set_clock(part, error)
            return True

        async def heal() -> bool:
            self._system.control.set_clock(part, 0.0)
            return True

        return Fault(
            kind="wrong-clock",
            target=part,
            begin=begin,
            heal=heal,
            seconds=self._dice.uniform(2.0, 8.0),
            detail=f"{error / _HOUR:+.1f} h",
        )

    def _poison(self) -> Fault:
        night = self._dice.choice(self._nights)
        found = poisons(self._dice, night)
        name = self._dice.choice(sorted(found))
        return Fault(
            kind="poison",
            target=BROKER_PART,
            begin=lambda: send_poison(self._system, night, found[name]),
            detail=name,
        )

    def _deadly_event(self) -> Fault:
        async def begin() -> bool:
            self._deadly()
            return True

        return Fault(kind="deadly-event", target="scheduler", begin=begin)
