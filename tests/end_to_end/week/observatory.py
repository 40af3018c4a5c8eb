"""A small observatory: two FAIMs, the lidar, and a lidar whose coming night is frozen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from models.night import current_night
from models.site import Site
from tests.end_to_end.nights import DAY, LIDAR, OBERPFAFFENHOFEN, OTLICA, Night, Nights

FROZEN = "2d9f1c0a-6c1d-4f0e-9d5b-7a4f3c1e8b21"
"""The lidar's copy, in a place that is dark in every night of the year."""
PLACES = (OBERPFAFFENHOFEN, OTLICA, LIDAR)
LENGTH = 7
DAYS_AHEAD = 20
"""The week is within what a series is asked for, 35 days, and past all cut-offs."""
_TROPICS = Site(name="Tropics", latitude=20.0, longitude=15.0)
_DEPRESSION = 18.0

_DECLARATION = '''"""The lidar, elsewhere: its plan was handed out already."""

from dataclasses import replace
from datetime import time
from uuid import UUID

from instruments.lidar_alomar import INSTRUMENT as LIDAR
from models.instrument import AfterCutOff, Policy, SchedulingGroup
from models.site import Site

INSTRUMENT = replace(
    LIDAR,
    id=UUID("{identity}"),
    name="lidar_frozen",
    title="The lidar elsewhere",
    site=Site(name="{site.name}", latitude={site.latitude}, longitude={site.longitude}),
    depression={depression},
    group=SchedulingGroup(name="frozen", partition=2),
    policy=Policy(after_cut_off=AfterCutOff.REFUSE, cut_off=time({cut_off.hour}, {cut_off.minute})),
)
'''


def declare_frozen_lidar(directory: Path) -> None:
    """Declare the copy below a folder: its coming night's cut-off was about a day before dusk."""
    dusk = current_night(_TROPICS, datetime.now(UTC), _DEPRESSION).dusk
    assert dusk is not None
    folder = directory / "instruments" / "lidar_frozen"
    folder.mkdir(parents=True)
    (directory / "instruments" / "__init__.py").touch()
    text = _DECLARATION.format(
        identity=FROZEN,
        site=_TROPICS,
        depression=_DEPRESSION,
        cut_off=dusk + timedelta(minutes=15),
    )
    (folder / "__init__.py").write_text(text, encoding="utf-8")


@contextmanager
def more_instruments(directory: Path) -> Iterator[None]:
    """Let services started within find the instruments of a folder, too."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(directory), before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def week_of(nights: Nights) -> dict[str, list[Night]]:
    """Seven consecutive nights of each instrument, the same of both FAIMs.

    The lidar has no darkness in summer: then its week is its next dark one.
    """
    first = datetime.now(UTC).date() + DAYS_AHEAD * DAY
    return {place: _dark_week(nights, place, first) for place in PLACES}


def _dark_week(nights: Nights, place: str, first: date) -> list[Night]:
    found: list[Night] = []
    day = first
    while len(found) < LENGTH:
        night = nights.at(day, place)
        found = [*found, night] if night.seconds > 4 * 3600 else []
        day += DAY
    return found
