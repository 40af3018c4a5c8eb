"""Client: asks for events and removes them, by the rules, and with some hostile habits.

By the rules: whatever has no answer, or 503 or 504 for one, is asked again with the same id
and the same content until there is one.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from tests.faults.nights import CampaignNight
from tests.faults.requester import DECIDED, Caller, Reply, Request, Requester

_PATIENCE = 6.0
_SHORTEST_PATIENCE, _LONGEST_PATIENCE = 0.002, 0.08
_LONGEST_POLL = 15.0
_REMEMBERED = 40
_ASYNCHRONOUS = 0.15
"""How often a client does not wait for the outcome."""
_KEYED = 0.2
"""How often an addition has an idempotency key; removals always have one."""
_CURIOUS = 0.3
"""How often a client that got no outcome asks what became of its command before it asks again."""
_CONTENT = 0.5
"""How often it leaves it at that."""


@dataclass(kw_only=True)
class Will:
    """What all clients do alike.

    Parameters
    ----------
    pause
        Mean time between two commands of one client, in seconds.
    stopping
        Set when no new command is to be begun.
    """

    pause: float
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class Client:
    """One client.

    Parameters
    ----------
    caller
        As whom it asks.
    requester
        Its line to the APIs.
    apis
        Their names.
    nights
        Those it asks about.
    dice
        Its own.
    will
        What all clients do alike.
    """

    def __init__(
        self,
        *,
        caller: Caller,
        requester: Requester,
        apis: Sequence[str],
        nights: Sequence[CampaignNight],
        dice: random.Random,
        will: Will,
    ) -> None:
        self._caller = caller
        self._requester = requester
        self._apis = apis
        self._nights = nights
        self._dice = dice
        self._will = will
        self._own: dict[UUID, CampaignNight] = {}
        self._answered: deque[Request] = deque(maxlen=_REMEMBERED)

    async def run(self) -> None:
        """Ask until no more is wanted, and for the answers to what was asked."""
        habits = {
            self._add: 52,
            self._remove: 26,
            self._hang_up: 8,
            self._add_twice_at_once: 5,
            self._contradict: 4,
            self._repeat: 5,
        }
        while not self._will.stopping.is_set():
            pause = min(self._dice.expovariate(1 / self._will.pause), 4 * self._will.pause)
            try:
                await asyncio.wait_for(self._will.stopping.wait(), pause)
            except TimeoutError:
                [habit] = self._dice.choices(list(habits), list(habits.values()))
                await habit()

    async def _add(self) -> None:
        await self._carry_out(self._addition())

    async def _remove(self) -> None:
        if not self._own:
            await self._add()
            return
        event = self._dice.choice(list(self._own))
        night = self._own.pop(event)
        await self._carry_out(
            Request(
                action="remove",
                caller=self._caller,
                night=night,
                event=event,
                key=str(self._new_id()),
                waits=self._dice.random() > _ASYNCHRONOUS,
            )
        )

    async def _hang_up(self) -> None:
        """Hang up before the answer, then ask again."""
        request = self._addition()
        patience = self._dice.uniform(_SHORTEST_PATIENCE, _LONGEST_PATIENCE)
        await self._requester.send(request, self._dice.choice(self._apis), 1, patience)
        await self._carry_out(request, attempt=2)

    async def _add_twice_at_once(self) -> None:
        """Send the same request to all APIs at once."""
        request = self._addition()
        await asyncio.gather(
            *(
                self._carry_out(request, api=api, attempt=number)
                for number, api in enumerate(self._apis, 1)
            )
        )

    async def _contradict(self) -> None:
        """While a request is under way, send another one with its id."""
        request = replace(self._addition(), key=None, waits=True)
        other = replace(request, resource=request.night.request(self._dice, request.event))
        if other.content == request.content:
            return

        async def contradict() -> None:
            await asyncio.sleep(self._dice.uniform(0, 0.02))
            await self._carry_out(other)

        await asyncio.gather(self._carry_out(request), contradict())

    async def _repeat(self) -> None:
        """Send a request again that was answered long ago."""
        if self._answered:
            request = self._dice.choice(self._answered)
            await self._carry_out(replace(request, waits=True), attempt=100)

    async def add_deadly(self, azimuth: str) -> None:
        """Ask for an event that ends the process which begins to decide it."""
        request = self._addition()
        while request.resource is None or request.resource["type"] != "static":
            request = self._addition()
        marked = {**request.resource["attributes"], "azimuth": azimuth}
        await self._carry_out(
            replace(request, resource={**request.resource, "attributes": marked}, waits=True)
        )

    def _addition(self) -> Request:
        event = self._new_id()
        night = self._dice.choice(self._nights)
        return Request(
            action="add",
            caller=self._caller,
            night=night,
            event=event,
            resource=night.request(self._dice, event),
            key=str(self._new_id()) if self._dice.random() < _KEYED else None,
            waits=self._dice.random() > _ASYNCHRONOUS,
        )

    async def _carry_out(
        self, request: Request, *, api: str | None = None, attempt: int = 1
    ) -> Reply:
        """Ask until there is an answer."""
        while True:
            asked = api or self._dice.choice(self._apis)
            api = None
            reply = await self._requester.send(request, asked, attempt, _PATIENCE)
            command = reply.command or (request.event if request.action == "add" else None)
            if reply.status == 202 and reply.command is not None:
                # What became of it is told by the very request once it has been decided.
                await self._poll(reply.command)
                request = replace(request, waits=True)
            elif reply.decided:
                break
            elif command is not None and self._dice.random() < _CURIOUS:
                told = await self._requester.ask(command, self._caller, asked)
                if told.state in DECIDED and self._dice.random() < _CONTENT:
                    break
            else:
                await asyncio.sleep(self._pause_after(reply))
            attempt += 1
        if reply.given_up and command is not None:
            await self._poll(command)
        if request.action == "add" and reply.result == "Added":
            self._own[request.event] = request.night
        if (
            reply.decided
            and not reply.given_up
            and (request.action == "add" or request.key is not None)
        ):
            self._answered.append(request)
        return reply

    async def _poll(self, command: UUID) -> None:
        """Ask what became of a command until it is no longer pending."""
        end = asyncio.get_running_loop().time() + _LONGEST_POLL
        while asyncio.get_running_loop().time() < end:
            told = await self._requester.ask(command, self._caller, self._dice.choice(self._apis))
            if told.state not in {None, "pending"} or told.status == 404:
                return
            await asyncio.sleep(0.2 + 0.3 * self._dice.random())

    def _pause_after(self, reply: Reply) -> float:
        named = reply.retry_after or 0.0
        return min(named, 3.0) + self._dice.uniform(0.1, 0.6)

    def _new_id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)
