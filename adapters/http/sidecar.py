"""The API's view of the sidecar, over HTTP inside the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from models.command import StoredCommand
from models.errors import Fault, InvalidRequest, Unreachable
from models.event import Record
from models.instant import format_instant
from models.maintenance import MaintenanceRecord
from models.reading import (
    EventFilter,
    EventPage,
    FeedEntry,
    NightSummary,
    StoredDownload,
    Unchanged,
    Versioned,
)
from models.schedule import Schedule
from models.series import SeriesRecord

T = TypeVar("T")
PAGE = 500
"""Events asked for at once, so that neither side's event loop stands still for long."""
NIGHTS = 100
"""Nights asked for at once."""
_SERIES: TypeAdapter[list[SeriesRecord]] = TypeAdapter(list[SeriesRecord])
_RECORDS: TypeAdapter[list[Record]] = TypeAdapter(list[Record])
_NIGHTS: TypeAdapter[list[NightSummary]] = TypeAdapter(list[NightSummary])
_MAINTENANCE: TypeAdapter[list[MaintenanceRecord]] = TypeAdapter(list[MaintenanceRecord])
_ENTRIES: TypeAdapter[list[FeedEntry]] = TypeAdapter(list[FeedEntry])
_DOWNLOADS: TypeAdapter[list[StoredDownload]] = TypeAdapter(list[StoredDownload])


class Refusal(BaseModel):
    """Why the sidecar did not take a request."""

    faults: list[Fault]


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
        response = await self._get(
            f"/instruments/{instrument}/events", _span(start, end) | {"limit": str(PAGE)}, {}
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

    async def read_nights(self, instrument: UUID, start: date, end: date) -> Sequence[NightSummary]:
        """The nights from one date to another, both included, planned or not."""
        nights: list[NightSummary] = []
        while start <= end:
            last = min(end, start + timedelta(days=min(NIGHTS - 1, (date.max - start).days)))
            query = {"from": start.isoformat(), "to": last.isoformat()}
            response = await self._get(f"/instruments/{instrument}/nights", query, {})
            nights += _parsed(_NIGHTS.validate_json, response)
            if last == end:
                break
            start = last + timedelta(days=1)
        return nights

    async def read_revision(self, instrument: UUID, night: date, revision: int) -> Schedule | None:
        """The plan that a night had in an earlier revision; None if it never had that."""
        path = f"/instruments/{instrument}/nights/{night.isoformat()}/revisions/{revision}"
        return _found(Schedule.model_validate_json, await self._get(path, {}, {}))

    async def find_events(
        self,
        instrument: UUID,
        wanted: EventFilter,
        *,
        sort: str,
        size: int,
        after: str | None,
    ) -> EventPage:
        """A page of events in whatever state.

        Raises
        ------
        models.errors.InvalidRequest
            There is no such order, or ``after`` is nothing that a page in it has said.
        """
        if () in (wanted.states, wanted.types, wanted.owners):
            return EventPage(records=())  # one of none; a query could not say so
        records: list[Record] = []
        while True:
            query = _filter(wanted) | {"sort": sort, "size": str(min(PAGE, size - len(records)))}
            if after is not None:
                query["after"] = after
            response = await self._get(f"/instruments/{instrument}/events/search", query, {})
            page = _parsed(EventPage.model_validate_json, response)
            records += page.records
            after = page.after
            if after is None or len(records) >= size:
                return EventPage(records=tuple(records), after=after)

    async def list_maintenance(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> Sequence[MaintenanceRecord]:
        """Every maintenance that was not taken back, or those that meet a span, by start."""
        path = f"/instruments/{instrument}/maintenance"
        return _parsed(_MAINTENANCE.validate_json, await self._get(path, _span(start, end), {}))

    async def list_series(self, instrument: UUID) -> Sequence[SeriesRecord]:
        """Every series that goes on, oldest first."""
        response = await self._get(f"/instruments/{instrument}/series", {}, {})
        return _parsed(_SERIES.validate_json, response)

    async def find_series(self, instrument: UUID, series: UUID) -> SeriesRecord | None:
        """One series, also one that was ended."""
        response = await self._get(f"/instruments/{instrument}/series/{series}", {}, {})
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _parsed(SeriesRecord.model_validate_json, response)

    async def find_maintenance(
        self, instrument: UUID, maintenance: UUID
    ) -> MaintenanceRecord | None:
        """One maintenance, also one that was taken back."""
        path = f"/instruments/{instrument}/maintenance/{maintenance}"
        return _found(MaintenanceRecord.model_validate_json, await self._get(path, {}, {}))

    async def read_feed(
        self, instrument: UUID, after: int | None, size: int
    ) -> Sequence[FeedEntry]:
        """What happened after the entry with this number, in order; None: the last entry alone."""
        entries: list[FeedEntry] = []
        while True:
            asked = min(PAGE, size - len(entries))
            query = {"size": str(asked)} | ({} if after is None else {"after": str(after)})
            response = await self._get(f"/instruments/{instrument}/feed", query, {})
            page = _parsed(_ENTRIES.validate_json, response)
            entries += page
            if after is None or len(page) < asked or len(entries) >= size:
                return entries
            after = page[-1].sequence

    async def list_downloads(self, instrument: UUID, night: date) -> Sequence[StoredDownload]:
        """Who got the plan of a night, oldest first."""
        path = f"/instruments/{instrument}/nights/{night.isoformat()}/downloads"
        return _parsed(_DOWNLOADS.validate_json, await self._get(path, {}, {}))

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
        self, path: str, query: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        try:
            response = await self._client.get(path, params=query, headers=headers)
        except _FAILURES as error:
            raise Unreachable("sidecar", f"{path}: {error!r}") from error
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unreachable("sidecar", f"{path}: status {response.status_code}")
        if response.status_code == httpx.codes.BAD_REQUEST:
            raise InvalidRequest(_parsed(Refusal.model_validate_json, response).faults)
        return response


def _span(start: datetime | None, end: datetime | None) -> dict[str, Any]:
    return {
        name: format_instant(instant)
        for name, instant in (("from", start), ("to", end))
        if instant is not None
    }


def _filter(wanted: EventFilter) -> dict[str, Any]:
    """The query that the sidecar reads as this filter."""
    query: dict[str, Any] = {
        "state": wanted.states,
        "type": wanted.types,
        "owner": wanted.owners,
        "night": None if wanted.night is None else wanted.night.isoformat(),
        "series": None if wanted.series is None else str(wanted.series),
    }
    return _span(wanted.start, wanted.end) | {
        name: value for name, value in query.items() if value is not None
    }


def _found(parse: Callable[[bytes], T], response: httpx.Response) -> T | None:
    """What was asked for; None where there is no such thing."""
    return None if response.status_code == httpx.codes.NOT_FOUND else _parsed(parse, response)


def _age(response: httpx.Response) -> int:
    text = response.headers.get("age", "0")
    return int(text) if text.isdecimal() else 0


def _parsed(parse: Callable[[bytes], T], response: httpx.Response) -> T:
    try:
        return parse(response.content)
    except ValidationError as error:
        raise Unreachable("sidecar", f"{response.url.path}: {error}") from error
