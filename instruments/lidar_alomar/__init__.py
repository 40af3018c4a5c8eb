"""The Rayleigh and Mie lidar at ALOMAR on Andøya."""

from __future__ import annotations

from uuid import UUID

from instruments.lidar_alomar.export import line
from instruments.lidar_alomar.filler import FILLER
from instruments.lidar_alomar.model import EVENT_TYPES
from instruments.lidar_alomar.site import SITE
from instruments.lidar_alomar.timing import WARM_UP, setup, setup_class
from models.instrument import AfterCutOff, Instrument, Policy, SchedulingGroup

INSTRUMENT = Instrument(
    id=UUID("b96f987b-dda2-4de9-8ece-35a23621e16a"),
    name="lidar_alomar",
    title="Rayleigh/Mie lidar, ALOMAR",
    kind="lidar",
    site=SITE,
    depression=18.0,
    group=SchedulingGroup(name="lidar", partition=1),
    event_types=EVENT_TYPES,
    filler=FILLER,
    setup_class=setup_class,
    setup=setup,
    warm_up=WARM_UP,
    line=line,
    policy=Policy(after_cut_off=AfterCutOff.REFUSE),
)
