"""Last plans: what was read last of each night, for the time when the database is away."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from time import monotonic
from uuid import UUID

import structlog

from models.errors import Unreachable
from models.instrument import Instrument
from models.night import current_night
from models.schedule import Schedule
from sidecar.ports import Archive, Clock

log = structlog.get_logger(__name__)

REFRESH_INTERVAL = 10.0
"""Seconds between two looks at the current nights' plans."""


class LastPlans:
    """The newest plan seen of each night, and when the database last vouched for it.

    Parameters
    ----------
    most
        Nights remembered; the one that was asked for longest ago is forgotten first.
    uptime
        Seconds on a clock that nobody sets, so that ages are true.
    """

    def __init__(self, most: int = 400, uptime: Callable[[], float] = monotonic) -> None:
        self._most = most
        self.uptime = uptime
        self._plans: OrderedDict[tuple[UUID, date], tuple[Schedule, float]] = OrderedDict()

    def keep(self, schedule: Schedule, asked_at: float) -> None:
        """Remember a plan that was read; it was asked for at that uptime."""
        key = (schedule.instrument, schedule.night)
        self._plans[key] = (schedule, asked_at)
        self._plans.move_to_end(key)
        while len(self._plans) > self._most:
            self._plans.popitem(last=False)

    def confirm(self, instrument: UUID, night: date, version: str, asked_at: float) -> bool:
        """Note that a version is still the newest; whether that very plan is remembered."""
        found = self._plans.get((instrument, night))
        if found is None or found[0].version != version:
            return False
        self.keep(found[0], asked_at)
        return True

    def find(self, instrument: UUID, night: date) -> tuple[Schedule, int] | None:
        """The plan remembered of a night, and how many seconds ago it was the newest at least."""
        found = self._plans.get((instrument, night))
        if found is None:
            return None
        schedule, asked_at = found
        return schedule, max(1, math.ceil(self.uptime() - asked_at))


async def keep_fresh(
    plans: LastPlans, archive: Archive, clock: Clock, instruments: Sequence[Instrument]
) -> None:
    """Look at every instrument's current night from time to time, whoever asks for it or not."""
    while True:
        try:
            for instrument in instruments:
                night = current_night(instrument.site, clock.now(), instrument.depression).date
                asked_at = plans.uptime()
                version = await archive.find_version(instrument.id, night)
                if version is None or plans.confirm(instrument.id, night, version, asked_at):
                    continue
                schedule = await archive.read_schedule(instrument.id, night)
                if schedule is not None:
                    plans.keep(schedule, asked_at)
        except Unreachable as error:
            log.warning("database does not answer", error=str(error))
        await asyncio.sleep(REFRESH_INTERVAL)
