"""FAIM at Oberpfaffenhofen."""

from __future__ import annotations

from uuid import UUID

from instruments.faim_oberpfaffenhofen.export import line
from instruments.faim_oberpfaffenhofen.filler import FILLER
from instruments.faim_oberpfaffenhofen.model import EVENT_TYPES
from instruments.faim_oberpfaffenhofen.site import SITE
from models.instrument import Instrument, SchedulingGroup

INSTRUMENT = Instrument(
    id=UUID("c7733ec3-a799-4c11-aa97-b344e60aafad"),
    name="faim_oberpfaffenhofen",
    title="Fast Airglow Imager, Oberpfaffenhofen",
    kind="faim",
    site=SITE,
    depression=6.0,
    group=SchedulingGroup(name="faim", partition=0),
    event_types=EVENT_TYPES,
    filler=FILLER,
    line=line,
)
