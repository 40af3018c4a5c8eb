"""``nightplan sidecar``: wires the database to the application and serves it."""

from __future__ import annotations

import asyncio

from adapters.postgres.engine import DatabaseOptions
from adapters.postgres.reader import PostgresReader
from adapters.process import serving
from adapters.process.clock import SystemClock
from adapters.process.logging import set_up_logging
from adapters.process.serving import health_routes, serve, serve_metrics, stop_on_signals
from adapters.process.settings import SidecarSettings
from instruments import discover
from models.errors import Unreachable
from sidecar.app import build_app
from sidecar.last_plans import LastPlans, keep_fresh


async def run(settings: SidecarSettings) -> None:
    """Serve until the process is asked to stop."""
    stop = stop_on_signals()
    serve_metrics(settings.host, settings.metrics_port)
    reader = PostgresReader(
        DatabaseOptions(
            url=settings.database_url.get_secret_value(),
            role=settings.database_role,
            application_name="nightplan-sidecar",
            pool_size=settings.database_pool,
            read_only=True,
        )
    )

    async def ready() -> dict[str, bool]:
        try:
            await reader.probe()
        except Unreachable:
            return {"database": False}
        return {"database": True}

    plans, clock = LastPlans(), SystemClock()
    app = build_app(archive=reader, clock=clock, plans=plans, health=health_routes(ready))
    refreshing = asyncio.create_task(
        keep_fresh(plans, reader, clock, discover()), name="last plans"
    )
    try:
        await serve(app, host=settings.host, port=settings.port, stop=stop)
    finally:
        refreshing.cancel()
        await asyncio.wait({refreshing})
        await reader.close()


def main() -> None:
    """Read the settings and run."""
    settings = SidecarSettings()
    set_up_logging("sidecar", settings.log_level)
    serving.run(run(settings))


if __name__ == "__main__":
    main()
