"""Maintenance: a span in which an instrument is closed and nothing is scheduled."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.window import Window


class Maintenance(BaseModel):
    """A span in which an instrument is closed, as an operator has set it.

    Parameters
    ----------
    id
        UUID version 4, chosen by the client or made for it.
    instrument
        Id of the instrument.
    window
        From when to when; its preference means nothing.
    note
        What for, for people; may be empty.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    instrument: UUID
    window: Window
    note: str = ""


class MaintenanceRecord(BaseModel):
    """A maintenance as it is stored.

    Parameters
    ----------
    maintenance
        What was asked.
    owner, owner_name
        Who set it.
    created_at
        When, by the database's clock.
    ended_at
        When it was taken back, if it was.
    """

    model_config = ConfigDict(frozen=True)

    maintenance: Maintenance
    owner: str
    owner_name: str
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None
