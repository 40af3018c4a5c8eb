"""Asking: a request becomes a command, and the caller gets its outcome or a place to find it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi import Request, Response

from api import requests
from api.commands import command_link, command_resource
from api.document import MEDIA_TYPE, document
from api.feed import Feed
from api.limits import CallerLimits
from api.middleware import header_values
from api.ports import Clock, Dispatcher, Reader
from api.preferences import KEY, PREFER, Preference, read_key, read_preference
from api.problems import refusal
from models.command import Command, identity_of
from models.errors import Overloaded, Reason, Unreachable
from models.instrument import Instrument
from models.outcome import Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the routes use.

    Parameters
    ----------
    clock
        Tells the time.
    dispatcher
        The line to the scheduler.
    reader
        The line to the sidecar.
    limits
        What a request body may be.
    callers
        What one caller may ask.
    reply_timeout
        Longest wait for the scheduler's answer, in seconds.
    async_lifetime
        How long a command that nobody waits for may be carried out, in seconds.
    new_id
        Gives the ids that clients did not choose.
    feed
        What happens to all instruments' plans.
    """

    clock: Clock
    dispatcher: Dispatcher
    reader: Reader
    limits: requests.BodyLimits
    callers: CallerLimits
    reply_timeout: float
    async_lifetime: float
    new_id: Callable[[], UUID]
    feed: Feed


class Asking:
    """One request that asks for a change.

    Made before its body is read, so that callers who may not ask are refused first.

    Parameters
    ----------
    services
        What it uses.
    request
        The HTTP request.
    by_readers
        Whether callers may ask who may only read.

    Raises
    ------
    Problem
        403: the caller may only read; 400: the idempotency key is none.
    """

    def __init__(self, services: Services, request: Request, *, by_readers: bool = False) -> None:
        self._services = services
        self._request = request
        self.caller = requests.caller_of(request)
        if not by_readers:
            requests.require_submitter(self.caller)
        key = read_key(header_values(request.scope, KEY.lower().encode()))
        self._key = None if key is None else identity_of(self.caller.subject, key)

    def new_id(self) -> UUID:
        """The id of what the client has named no id for: its key's, if it has sent one."""
        return self._key or self._services.new_id()

    def numbered_id(self, number: int) -> UUID:
        """The id of one of several things that the client has named no ids for."""
        return identity_of(str(self._key), str(number)) if self._key else self._services.new_id()

    async def ask(self, instrument: Instrument, what: Mapping[str, Any]) -> Outcome | Response:
        """Send the command and wait for its outcome, or not, as the caller prefers.

        Parameters
        ----------
        instrument
            Which instrument.
        what
            The command's own fields: id, kind and what it is about.

        Returns
        -------
        Outcome or Response
            The outcome, or the answer 202 for a caller who does not wait for it.

        Raises
        ------
        Problem
            429: too many of this caller's; 504: nothing came in time.
        models.errors.Overloaded
            Too many of everybody's.
        """
        services = self._services
        prefer = read_preference(header_values(self._request.scope, PREFER.lower().encode()))
        life = services.async_lifetime if prefer.respond_async else services.reply_timeout
        command = self._command(instrument, {**what, "key": self._key}, life)
        time = asyncio.get_running_loop().time()
        with services.callers.command(self.caller.subject, time):
            try:
                return await self._send(command, instrument, prefer)
            except Unreachable as error:
                log.warning("a part did not answer", part=error.part, error=error.detail)
                raise refusal(
                    Reason.TIMEOUT,
                    f"{error.part} did not answer in time; what became of the request is unknown: "
                    f"send it again with the same id, or ask at {command_link(command.id)}",
                    headers={"Content-Location": command_link(command.id)},
                ) from None

    async def question(self, instrument: Instrument, what: Mapping[str, Any]) -> Outcome:
        """Ask what changes nothing and is not kept, and wait for the answer.

        Parameters
        ----------
        instrument
            Which instrument.
        what
            The command's own fields: kind and what it is about.

        Raises
        ------
        Problem
            429: too many of this caller's.
        models.errors.Unreachable
            Nothing came in time.
        models.errors.Overloaded
            Too many of everybody's.
        """
        services = self._services
        own = {**what, "id": services.new_id()}
        command = self._command(instrument, own, services.reply_timeout)
        time = asyncio.get_running_loop().time()
        with services.callers.command(self.caller.subject, time):
            return await services.dispatcher.ask(command, instrument.group, services.reply_timeout)

    def _command(self, instrument: Instrument, what: Mapping[str, Any], life: float) -> Command:
        """A command of this caller's that may be carried out for so many seconds."""
        now = self._services.clock.now()
        return Command(
            **what,
            instrument=instrument.id,
            caller=self.caller,
            issued_at=now,
            expires_at=now + timedelta(seconds=life),
            request_id=self._request.state.request_id,
        )

    async def _send(
        self, command: Command, instrument: Instrument, prefer: Preference
    ) -> Outcome | Response:
        dispatcher, timeout = self._services.dispatcher, self._services.reply_timeout
        if not prefer.respond_async:
            return await dispatcher.ask(command, instrument.group, timeout)
        await dispatcher.send(command, instrument.group)
        if prefer.wait:
            try:
                return await dispatcher.ask(command, instrument.group, min(prefer.wait, timeout))
            except (Unreachable, Overloaded):
                log.debug("no outcome yet", command=str(command.id))
        link = command_link(command.id)
        return Response(
            orjson.dumps(document(command_resource(command, None, "pending"), link=link)),
            status_code=202,
            media_type=MEDIA_TYPE,
            headers={
                "Content-Location": link,
                "Preference-Applied": "respond-async",
                "Retry-After": "1",
            },
        )
