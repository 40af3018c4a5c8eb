"""Download: somebody has got a night's plan."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict


class Download(BaseModel):
    """Which plan somebody has got.

    Parameters
    ----------
    night, revision
        The plan.
    format
        ``json``, ``txt``, ``csv`` or ``ics``.
    """

    model_config = ConfigDict(frozen=True)

    night: date
    revision: int
    format: str
