"""The feed: what happened to an instrument's plans, in the order of commits."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Query, Response
from pydantic import TypeAdapter

from models.reading import FeedEntry
from sidecar.answers import JSON, find_instrument
from sidecar.ports import Archive

_ENTRIES: TypeAdapter[list[FeedEntry]] = TypeAdapter(list[FeedEntry])
MOST_ENTRIES = 1000
"""Entries in one answer."""


def add_feed(app: FastAPI, archive: Archive) -> None:
    """Add the route of the feed."""

    @app.get("/internal/instruments/{instrument_id}/feed", response_model=list[FeedEntry])
    async def read_feed(
        instrument_id: UUID,
        after: Annotated[int | None, Query(ge=0)] = None,
        size: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = MOST_ENTRIES,
    ) -> Response:
        """What happened after the entry with this number; without one, the last entry alone."""
        entries = await archive.read_feed(find_instrument(instrument_id).id, after, size)
        return Response(_ENTRIES.dump_json(list(entries)), media_type=JSON)
