"""Requester: sends one try of a request and writes down what was sent and what came back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import httpx

from models.instant import parse_instant
from tests.faults.content import content_of
from tests.faults.history import Answered, Sent, Told
from tests.faults.nights import CampaignNight, present
from tests.faults.recorder import Recorder

MEDIA_TYPE = "application/vnd.api+json"
_COMMANDS = "/v2/commands/"
REPLY_TIMEOUT = 2.5
"""For how long an API waits for an outcome, as its settings have it, in seconds."""
ASYNC_LIFETIME = 900.0
"""For how long a command that nobody waits for may be carried out, in seconds, likewise."""
DECIDED = frozenset({"added", "rejected", "removed"})
"""What is said of a command that has its outcome."""
_UNDECIDED = frozenset({None, 429, 500, 502, 503, 504})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: the key, and the subject it stands for."""

    key: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client wants, whatever number of tries it takes.

    Parameters
    ----------
    action
        Add or remove.
    caller, night, event
        Who, where and which event.
    resource
        The event to add.
    key
        The ``Idempotency-Key`` to send.
    waits
        Whether to wait for the outcome.
    """

    action: Literal["add", "remove"]
    caller: Caller
    night: CampaignNight
    event: UUID
    resource: Json | None = None
    key: str | None = None
    waits: bool = True

    @property
    def content(self) -> str:
        """The digest of what is asked."""
        return "removal" if self.resource is None else content_of(self.resource)

    def time(self, name: str) -> datetime | None:
        """One of the event's times, of an addition."""
        return None if self.resource is None else parse_instant(self.resource["attributes"][name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one try.

    Parameters
    ----------
    status
        HTTP status; None: no answer.
    result, codes, command
        As in the history.
    retry_after
        Seconds, where the server named them.
    given_up
        Whether the server says that it has given the command up for good.
    """

    status: int | None
    result: str | None = None
    codes: tuple[str, ...] = ()
    command: UUID | None = None
    retry_after: float | None = None
    given_up: bool = field(default=False)

    @property
    def decided(self) -> bool:
        """Whether there is nothing to ask any more."""
        return self.given_up or (self.status not in _UNDECIDED and self.status != 202)


class Requester:
    """One client's line to the APIs.

    Parameters
    ----------
    client
        The client's name.
    urls
        Of the APIs, by name.
    recorder
        Is told everything.
    """

    def __init__(self, client: str, urls: Mapping[str, str], recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder
        self._lines = {
            name: httpx.AsyncClient(base_url=url, trust_env=False, verify=False)  # noqa: S501
            for name, url in urls.items()
        }

    async def close(self) -> None:
        """Let go of all connections."""
        for line in self._lines.values():
            await line.aclose()

    async def send(self, request: Request, api: str, attempt: int, seconds: float) -> Reply:
        """One try; without an answer after so many seconds the client hangs up."""
        number = self._recorder.next_number()
        self._recorder.write(
            Sent(
                at=present(),
                client=self._client,
                number=number,
                attempt=attempt,
                command=request.event if request.action == "add" else None,
                key=request.key,
                action=request.action,
                subject=request.caller.subject,
                instrument=request.night.instrument.id,
                event=request.event,
                night=request.night.date,
                content=request.content,
                waits=request.waits,
                start=request.time("start_time"),
                end=request.time("end_time"),
                life=REPLY_TIMEOUT if request.waits else ASYNC_LIFETIME,
                api=api,
            )
        )
        response = await self._send(request, api, seconds)
        document = {} if response is None else _document(response)
        reply = Reply(status=None) if response is None else _read(response, document)
        meta, data = document.get("meta", {}), document.get("data")
        self._recorder.write(
            Answered(
                at=present(),
                number=number,
                status=reply.status,
                result=reply.result,
                codes=reply.codes,
                command=reply.command,
                displaced=meta.get("displaced", ()),
                scheduled=meta.get("scheduled", ()),
                revision=meta.get("revision"),
                returned=content_of(data) if reply.result == "Added" and data else None,
                given_up=reply.given_up,
            )
        )
        return reply

    async def ask(self, command: UUID, caller: Caller, api: str) -> Told:
        """What has become of a command."""
        response = await self._exchange(
            api, 4.0, "GET", f"{_COMMANDS}{command}", headers={"X-API-Key": caller.key}
        )
        state = None
        if response is not None and response.status_code == 200:
            state = _document(response).get("data", {}).get("attributes", {}).get("status")
        status = None if response is None else response.status_code
        told = Told(at=present(), command=command, status=status, state=state)
        self._recorder.write(told)
        return told

    async def _send(self, request: Request, api: str, seconds: float) -> httpx.Response | None:
        headers = {"X-API-Key": request.caller.key}
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        if not request.waits:
            headers["Prefer"] = "respond-async"
        url = f"{request.night.path}/event"
        if request.resource is None:
            return await self._exchange(
                api, seconds, "DELETE", f"{url}/{request.event}", headers=headers
            )
        return await self._exchange(
            api,
            seconds,
            "POST",
            url,
            headers={**headers, "Content-Type": MEDIA_TYPE},
            content=json.dumps({"data": request.resource}),
        )

    async def _exchange(
        self, api: str, seconds: float, method: str, url: str, **options: Any
    ) -> httpx.Response | None:
        try:
            async with asyncio.timeout(seconds):
                return await self._lines[api].request(method, url, timeout=None, **options)
        except (httpx.HTTPError, TimeoutError, OSError):
            return None


def _document(response: httpx.Response) -> Json:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(response: httpx.Response, document: Json) -> Reply:
    errors = document.get("errors", [])
    place = response.headers.get("content-location", "")
    after = response.headers.get("retry-after", "")
    return Reply(
        status=response.status_code,
        result=document.get("meta", {}).get("status"),
        codes=tuple(error.get("code", "") for error in errors),
        command=UUID(place.removeprefix(_COMMANDS)) if place.startswith(_COMMANDS) else None,
        retry_after=float(after) if after.isdigit() else None,
        given_up=any("was given up" in error.get("detail", "") for error in errors),
    )
