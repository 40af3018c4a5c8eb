"""A schedule that is served from memory is at least as young as it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api import schedules
from api.app import build_app
from api.asking import Services
from api.limits import CallerLimits
from api.requests import BodyLimits
from instruments import discover
from models.errors import Unreachable
from models.reading import Unchanged, Versioned
from models.schedule import Schedule

pytestmark = pytest.mark.asyncio

INSTRUMENT = discover()[0]
NIGHT = date(2026, 11, 21)
DUSK = datetime(2026, 11, 21, 16, tzinfo=UTC)
PROOF = "the-proof-of-the-tests"
HEADERS = {
    "X-Gateway-Proof": PROOF,
    "X-Consumer-ID": str(uuid4()),
    "X-Consumer-Username": "somebody",
    "X-Consumer-Groups": "viewer",
}
PLAN = Schedule(
    instrument=INSTRUMENT.id,
    night=NIGHT,
    dusk=DUSK,
    dawn=DUSK + timedelta(hours=13),
    revision=3,
    quality=None,
    blocks=(),
)


class SlowSidecar:
    """Answers after so many seconds, or not at all; it tells the time too."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.takes = 5.5
        self.down = False

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return DUSK

    async def read_schedule(
        self, instrument: UUID, night: date | None, known: Sequence[str]
    ) -> Versioned | Unchanged:
        if self.down:
            raise Unreachable("sidecar", "down")
        self.seconds += self.takes
        return Unchanged(tag="tag") if "tag" in known else Versioned(schedule=PLAN, tag="tag")


async def test_a_schedule_is_as_old_as_the_question_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar: Any = SlowSidecar()
    monkeypatch.setattr(schedules, "monotonic", sidecar.monotonic)
    services = Services(
        clock=sidecar,
        dispatcher=sidecar,
        reader=sidecar,
        limits=BodyLimits(size=1000, time=1.0),
        callers=CallerLimits(rate=1.0, burst=1, waiting=1),
        reply_timeout=1.0,
        async_lifetime=1.0,
        new_id=uuid4,
        feed=sidecar,
    )
    app = build_app(services, proofs=[PROOF], health=[])
    transport = httpx.ASGITransport(app=app)
    url = f"/v1/instrument/{INSTRUMENT.id}/schedule?filter[night]={NIGHT}"
    async with httpx.AsyncClient(
        base_url="http://api", transport=transport, headers=HEADERS
    ) as client:
        assert "age" not in (await client.get(url)).headers
        sidecar.down = True
        assert (await client.get(url)).headers["age"] == "6"
        sidecar.down = False
        assert "age" not in (await client.get(url)).headers  # it is said to be the newest still
        sidecar.down = True
        sidecar.seconds += 1
        assert (await client.get(url)).headers["age"] == "7"
