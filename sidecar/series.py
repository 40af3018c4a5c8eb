"""Series: requests that recur."""

from __future__ import annotations

from uuid import UUID

from fastapi import FastAPI, HTTPException, Response
from pydantic import TypeAdapter

from models.series import SeriesRecord
from sidecar.answers import JSON, find_instrument
from sidecar.ports import Archive

_RECORDS: TypeAdapter[list[SeriesRecord]] = TypeAdapter(list[SeriesRecord])


def add_series(app: FastAPI, archive: Archive) -> None:
    """Add the routes of series."""

    @app.get("/internal/instruments/{instrument_id}/series", response_model=list[SeriesRecord])
    async def list_series(instrument_id: UUID) -> Response:
        """Every series that goes on, oldest first."""
        records = await archive.list_series(find_instrument(instrument_id).id)
        return Response(_RECORDS.dump_json(list(records)), media_type=JSON)

    @app.get(
        "/internal/instruments/{instrument_id}/series/{series_id}", response_model=SeriesRecord
    )
    async def find_series(instrument_id: UUID, series_id: UUID) -> Response:
        """One series, also one that was ended."""
        record = await archive.find_series(find_instrument(instrument_id).id, series_id)
        if record is None:
            raise HTTPException(404, "no series of this instrument has this id")
        return Response(record.model_dump_json(), media_type=JSON)
