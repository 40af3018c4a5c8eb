"""Maintenance: when an instrument is closed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import AwareDatetime, TypeAdapter

from models.maintenance import MaintenanceRecord
from sidecar.answers import JSON, find_instrument
from sidecar.ports import Archive

_RECORDS: TypeAdapter[list[MaintenanceRecord]] = TypeAdapter(list[MaintenanceRecord])


def add_maintenance(app: FastAPI, archive: Archive) -> None:
    """Add the routes of maintenance."""

    @app.get(
        "/internal/instruments/{instrument_id}/maintenance",
        response_model=list[MaintenanceRecord],
    )
    async def list_maintenance(
        instrument_id: UUID,
        start: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    ) -> Response:
        """Every maintenance that was not taken back, or those that meet a span, by start."""
        instrument = find_instrument(instrument_id)
        records = await archive.list_maintenance(instrument.id, start, end)
        return Response(_RECORDS.dump_json(list(records)), media_type=JSON)

    @app.get(
        "/internal/instruments/{instrument_id}/maintenance/{maintenance_id}",
        response_model=MaintenanceRecord,
    )
    async def find_maintenance(instrument_id: UUID, maintenance_id: UUID) -> Response:
        """One maintenance, also one that was taken back."""
        instrument = find_instrument(instrument_id)
        record = await archive.find_maintenance(instrument.id, maintenance_id)
        if record is None:
            raise HTTPException(404, "no maintenance of this instrument has this id")
        return Response(record.model_dump_json(), media_type=JSON)
