"""FAIM at Otlica."""

from __future__ import annotations

from uuid import UUID

from instruments.faim_otlica.export import line
from instruments.faim_otlica.filler import FILLER
from instruments.faim_otlica.model import EVENT_TYPES
from instruments.faim_otlica.site import SITE
from models.instrument import Instrument, SchedulingGroup

INSTRUMENT = Instrument(
    id=UUID("9ac60a57-1193-474f-b3c9-30a6a067d563"),
    name="faim_otlica",
    title="Fast Airglow Imager, Otlica",
    kind="faim",
    site=SITE,
    depression=6.0,
    group=SchedulingGroup(name="faim", partition=0),
    event_types=EVENT_TYPES,
    filler=FILLER,
    line=line,
)
