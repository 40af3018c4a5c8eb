"""The route of version 2's stream: server-sent events about an instrument's nights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from api.asking import Services
from api.document import Json
from api.middleware import header_values
from api.problems import from_faults
from api.requests import find_instrument, read_query
from models.errors import Fault, Reason
from models.instant import format_instant
from models.instrument import Instrument
from models.reading import FeedEntry

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 4.0
"""Seconds without anything after which a comment shows that the stream is alive; less than
the gateway waits for something (``read_timeout`` in k8s/kong/kong.yaml)."""
RETRY_MS = 2000
QUERY = "last-event-id"
HEADER = "Last-Event-ID"


class StreamRoutes:
    """The function behind the URL of streams."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def read_stream(self, request: Request, instrument_id: str) -> Response:
        """What happens to an instrument's nights, as it happens."""
        instrument = find_instrument(instrument_id)
        query = read_query(request, (QUERY,))
        after = _last_event(header_values(request.scope, HEADER.lower().encode()), query)
        feed = self._services.feed
        sequence = await feed.begin(instrument.id, after)

        async def written() -> AsyncIterator[bytes]:
            yield f"retry: {RETRY_MS}\n: after {sequence}\n\n".encode()
            async for entries in feed.follow(instrument.id, sequence, HEARTBEAT):
                yield b"".join(_lines(instrument, entry) for entry in entries) or b":\n\n"

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.state.head:
            return Response(media_type=MEDIA_TYPE, headers=headers)
        return StreamingResponse(written(), media_type=MEDIA_TYPE, headers=headers)


def add_stream_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URL of streams."""
    router.add_api_route(
        "/instruments/{instrument_id}/stream",
        StreamRoutes(services).read_stream,
        methods=["GET"],
        **described,
    )


def _last_event(headers: list[str], query: dict[str, str]) -> int | None:
    """The entry after which a stream begins, as the header or the query names it."""
    given = headers[-1] if headers else query.get(QUERY)
    if given is None or not given.strip():
        return None
    text = given.strip()
    if text.isdecimal() and text.isascii() and len(text) <= 18:
        return int(text)
    where = {"header": HEADER} if headers else {"parameter": QUERY}
    detail = f"expected the id of an event of this stream, a number, got {ascii(text)[:40]}"
    raise from_faults([Fault(reason=Reason.SCHEMA, detail=detail, **where)])


def _lines(instrument: Instrument, entry: FeedEntry) -> bytes:
    """One server-sent event."""
    facts: dict[str, Any] = {
        "instrument": str(instrument.id),
        "night": entry.night.isoformat(),
        "time": format_instant(entry.at),
    }
    if entry.event is None or entry.state is None:
        name = "revised"
        facts["revision"] = entry.revision
    else:
        name = entry.state.value
        facts |= {"event": str(entry.event), "cause": entry.cause, "by": entry.by}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        entry.sequence,
        name.encode(),
        orjson.dumps(facts),
    )
