"""The sidecar's HTTP interface: what the API's reads need, as plain JSON.

Each module beside this one adds the routes of one noun:

GET /internal/instruments/{id}/schedule[?night=YYYY-MM-DD]                 schedules.py
GET /internal/instruments/{id}/nights?from=…&to=…                          nights.py
GET /internal/instruments/{id}/nights/{night}/revisions/{revision}
GET /internal/instruments/{id}/nights/{night}/downloads
GET /internal/instruments/{id}/events[?from=…&to=…]                        events.py
GET /internal/instruments/{id}/events/search[?state=…&type=…&owner=…&night=…&from=…&to=…
                                              &series=…&sort=…&size=…&after=…]
GET /internal/instruments/{id}/events/{event}
GET /internal/instruments/{id}/maintenance[?from=…&to=…]                   maintenance.py
GET /internal/instruments/{id}/maintenance/{id}
GET /internal/instruments/{id}/series[/{id}]                                  series.py
GET /internal/instruments/{id}/feed[?after=…&size=…]                       feed.py
GET /internal/commands/{id}                                                commands.py
GET /health/live, /health/ready
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.routing import BaseRoute

from models.errors import BrokenSchedule, InvalidRequest, Unreachable
from sidecar.commands import add_commands
from sidecar.events import add_events
from sidecar.feed import add_feed
from sidecar.last_plans import LastPlans
from sidecar.maintenance import add_maintenance
from sidecar.nights import add_nights
from sidecar.ports import Archive, Clock
from sidecar.schedules import add_schedules
from sidecar.series import add_series

log = structlog.get_logger(__name__)


def build_app(
    *,
    archive: Archive,
    clock: Clock,
    plans: LastPlans | None = None,
    health: Sequence[BaseRoute] = (),
) -> FastAPI:
    """Make the sidecar's application.

    Parameters
    ----------
    archive
        The database.
    clock
        Tells which night is the current one.
    plans
        What is served while the database is away; by default nothing yet.
    health
        The routes below ``/health/``.
    """
    app = FastAPI(
        title="nightplan sidecar",
        version="1",
        summary="Serves nightly schedules to the API. Inside only, without authentication.",
        docs_url=None,
        redoc_url=None,
    )

    app.router.routes.extend(health)
    _add_errors(app)
    add_schedules(app, archive, clock, LastPlans() if plans is None else plans)
    add_nights(app, archive)
    add_events(app, archive)
    add_maintenance(app, archive)
    add_series(app, archive)
    add_feed(app, archive)
    add_commands(app, archive)
    return app


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Unreachable)
    async def unreachable(_: Request, error: Unreachable) -> JSONResponse:
        log.warning("database does not answer", error=str(error))
        return JSONResponse({"detail": str(error)}, status_code=503)

    @app.exception_handler(BrokenSchedule)
    async def broken(_: Request, error: BrokenSchedule) -> JSONResponse:
        log.error("a broken schedule is not served", violations=error.violations)
        return JSONResponse({"detail": str(error)}, status_code=500)

    @app.exception_handler(InvalidRequest)
    async def invalid(_: Request, error: InvalidRequest) -> JSONResponse:
        faults = [fault.model_dump(mode="json") for fault in error.faults]
        return JSONResponse({"detail": str(error), "faults": faults}, status_code=400)
