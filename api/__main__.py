"""``nightplan api``: wires the adapters to the application and serves it."""

from __future__ import annotations

import ipaddress
from uuid import uuid4

from starlette.types import ASGIApp

from adapters.http.sidecar import SidecarReader
from adapters.kafka.admission import Admission
from adapters.kafka.dispatcher import KafkaDispatcher
from adapters.local.gateway import LocalGateway, read_consumers
from adapters.process import serving
from adapters.process.clock import SystemClock
from adapters.process.logging import set_up_logging
from adapters.process.protocol import Patience
from adapters.process.serving import health_routes, serve, serve_metrics, stop_on_signals
from adapters.process.settings import ApiSettings
from api.app import build_app
from api.asking import Services
from api.feed import Feed
from api.limits import CallerLimits
from api.problems import late, no_request
from api.requests import BodyLimits
from instruments import discover

ADMITTED = 0.6
"""The part of the longest wait that a command may be expected to take, to be let in."""


async def run(settings: ApiSettings) -> None:
    """Serve until the process is asked to stop."""
    stop = stop_on_signals()
    serve_metrics(settings.host, settings.metrics_port)
    clock = SystemClock()
    dispatcher = KafkaDispatcher(
        bootstrap=settings.kafka_bootstrap,
        partitions={instrument.group.partition for instrument in discover()},
        fetch_wait_ms=settings.kafka_fetch_wait_ms,
        request_timeout_ms=settings.kafka_request_timeout_ms,
        admission=Admission(limit=ADMITTED * settings.reply_timeout, most=settings.max_waiting),
        most_promised=settings.max_waiting,
        now=clock.now,
    )
    reader = SidecarReader(settings.sidecar_url, timeout=settings.read_timeout)

    async def ready() -> dict[str, bool]:
        return {"kafka": dispatcher.ready.is_set(), "sidecar": await reader.ready()}

    feed = Feed(reader, stop, most=settings.max_streams)
    services = Services(
        clock=clock,
        dispatcher=dispatcher,
        reader=reader,
        limits=BodyLimits(size=settings.max_body_bytes, time=settings.body_timeout),
        callers=CallerLimits(
            rate=settings.caller_rate,
            burst=settings.caller_burst,
            waiting=settings.caller_waiting,
        ),
        reply_timeout=settings.reply_timeout,
        async_lifetime=settings.async_lifetime,
        new_id=uuid4,
        feed=feed,
    )
    proofs = [
        settings.gateway_proof.get_secret_value(),
        settings.gateway_proof_previous.get_secret_value(),
    ]
    app: ASGIApp = build_app(services, proofs=proofs, health=health_routes(ready))
    if settings.local_gateway is not None:
        check_loopback(settings.host)
        app = LocalGateway(app, read_consumers(settings.local_gateway), proof=proofs[0])
    dispatcher.start(on_failure=stop.set)
    try:
        await serve(
            app,
            host=settings.host,
            port=settings.port,
            stop=stop,
            no_request=no_request,
            late=late,
            patience=Patience(headers=settings.header_timeout, writing=settings.write_timeout),
        )
    finally:
        await feed.close()
        await dispatcher.close()
        await reader.close()


def check_loopback(host: str) -> None:
    """Refuse to stand in for the gateway on an address that others can reach.

    Raises
    ------
    SystemExit
        The host is no loopback address.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        msg = (
            f"NIGHTPLAN_HOST: expected a loopback address with NIGHTPLAN_LOCAL_GATEWAY, got {host}"
        )
        raise SystemExit(msg)


def main() -> None:
    """Read the settings and run."""
    settings = ApiSettings()
    set_up_logging("api", settings.log_level)
    serving.run(run(settings))


if __name__ == "__main__":
    main()
