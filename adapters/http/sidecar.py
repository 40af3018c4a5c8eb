"""The API's view of the sidecar, over HTTP inside the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from models.command import StoredCommand
from models.errors import Unreachable
from models.event import Record
from models.instant import format_instant
from models.reading import Unchanged, Versioned
from models.schedule import Schedule

T = TypeVar("T")
PAGE = 500
"""Events asked for at once, so that neither side's event loop stands still for long."""
_RECORDS: TypeAdapter[list[Record]] = TypeAdapter(list[Record])


_FAILURES = (httpx.HTTPError, AttributeError)
"""What the client raises when there is no answer.

An AttributeError comes out of its depths where a connection is reset just after it was made:
uvloop's transport then has no socket any more (``'NoneType' object has no attribute
'getpeername'``).
"""


class SidecarReader:
    """Reads schedules and events from the sidecar.

    Parameters
    ----------
    url
        The sidecar's base URL.
    timeout
        Longest wait for an answer, in seconds.
    transport
        What carries the requests; by default the network.
    """

    def __init__(
        self, url: str, *, timeout: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._health = f"{url.rstrip('/')}/health/ready"
        self._client = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/internal",
            timeout=httpx.Timeout(timeout, connect=min(timeout, 1.0)),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            transport=transport,
            trust_env=False,
        )

    async def read_schedule(
        self, instrument: UUID, night: date | None, known: Sequence[str]
    ) -> Versioned | Unchanged:
        """The plan of a night, or of the current one; :class:`Unchanged` if the caller has it."""
        query = {} if night is None else {"night": night.isoformat()}
        headers = {"If-None-Match": ", ".join(f'"{tag}"' for tag in known)} if known else {}
        response = await self._get(f"/instruments/{instrument}/schedule", query, headers)
        tag = response.headers.get("etag", "").strip('"')
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Unchanged(tag=tag, age=_age(response))
        schedule = _parsed(Schedule.model_validate_json, response)
        return Versioned(schedule=schedule, tag=tag, age=_age(response))

    async def read_events(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> Sequence[Record]:
        """Every scheduled event, or those that overlap the span given, by start."""
        records: list[Record] = []
        while True:
            page = await self._read_page(instrument, start, end)
            records.extend(page)
            if len(page) < PAGE or page[-1].start is None:
                return records
            start = page[-1].start + page[-1].event.duration

    async def _read_page(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> Sequence[Record]:
        query = {
            name: format_instant(instant)
            for name, instant in (("from", start), ("to", end))
            if instant is not None
        }
        response = await self._get(
            f"/instruments/{instrument}/events", query | {"limit": str(PAGE)}, {}
        )
        return _parsed(_RECORDS.validate_json, response)

    async def read_event(self, instrument: UUID, event: UUID) -> Record | None:
        """One event in whatever state, with its history."""
        response = await self._get(f"/instruments/{instrument}/events/{event}", {}, {})
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _parsed(Record.model_validate_json, response)

    async def read_command(self, command: UUID) -> StoredCommand | None:
        """A command that the scheduler has begun, and what became of it."""
        response = await self._get(f"/commands/{command}", {}, {})
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _parsed(StoredCommand.model_validate_json, response)

    async def ready(self) -> bool:
        """Whether the sidecar can be reached and says that it is ready."""
        try:
            response = await self._client.get(self._health)
        except _FAILURES:
            return False
        return response.status_code == httpx.codes.OK

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    async def _get(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Response:
        try:
            response = await self._client.get(path, params=query, headers=headers)
        except _FAILURES as error:
            raise Unreachable("sidecar", f"{path}: {error!r}") from error
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unreachable("sidecar", f"{path}: status {response.status_code}")
        return response


def _age(response: httpx.Response) -> int:
    text = response.headers.get("age", "0")
    return int(text) if text.isdecimal() else 0


def _parsed(parse: Callable[[bytes], T], response: httpx.Response) -> T:
    try:
        return parse(response.content)
    except ValidationError as error:
        raise Unreachable("sidecar", f"{response.url.path}: {error}") from error
