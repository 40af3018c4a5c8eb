"""Our own processes, as parts that are supervised: migration, scheduler, sidecar, API."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from adapters.local.layout import Layout
from adapters.local.part import Hook, Part, Probe

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: our processes start here."""

GATEWAY = ROOT / "k8s" / "kong" / "kong.yaml"
"""Kong's declarative file, against which the API checks keys where no Kong stands."""

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "migration": (sys.executable, "-m", "migrations"),
    "scheduler": (sys.executable, "-m", "scheduler"),
    "sidecar": (sys.executable, "-m", "sidecar"),
    "api": (sys.executable, "-m", "api"),
}
"""How they are started."""

LOOPBACK = "127.0.0.1"

EMBEDDED_FETCH_WAIT_MS = "6"
"""The embedded broker answers a fetch only when its time has passed (decision 0201)."""

_PREFIX = "NIGHTPLAN_"
_KEPT = frozenset({"NIGHTPLAN_LOG_LEVEL", "NIGHTPLAN_SOLVE_LIMIT", "NIGHTPLAN_PLAN_AHEAD"})
"""Settings of the user's that still hold here; others say where parts are, which we decide."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the parts listen on 127.0.0.1, the same for a whole run.

    Parameters
    ----------
    broker
        The embedded broker.
    scheduler, sidecar
        Their `/health`, and the sidecar's interface.
    scheduler_metrics, sidecar_metrics, api_metrics
        Their `/metrics`.
    """

    broker: int
    scheduler: int
    sidecar: int
    scheduler_metrics: int
    sidecar_metrics: int
    api_metrics: int


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What our processes find around them.

    Parameters
    ----------
    database
        SQLAlchemy URL.
    kafka
        Bootstrap servers.
    host, port
        Where the API listens.
    ports
        Where the others do.
    environ
        What they inherit; our own settings in it give way to the ones made here.
    commands
        How they are started.
    client
        Asks whether they are ready.
    """

    database: str
    kafka: str
    host: str
    port: int
    ports: Ports
    environ: Mapping[str, str]
    commands: Mapping[str, tuple[str, ...]]
    client: httpx.AsyncClient


def service_parts(layout: Layout, around: Surroundings, topics: Hook | None) -> list[Part]:
    """Describe our own processes to a supervisor.

    Parameters
    ----------
    layout
        Where their logs go.
    around
        What they find around them.
    topics
        Makes the topics of an existing Kafka before anything else starts; None:
        the embedded broker's part does that.
    """
    ports = around.ports
    stored = {"NIGHTPLAN_DATABASE_URL": around.database}
    brokered = {"NIGHTPLAN_KAFKA_BOOTSTRAP": around.kafka}
    if topics is None:
        brokered["NIGHTPLAN_KAFKA_FETCH_WAIT_MS"] = EMBEDDED_FETCH_WAIT_MS
    part = partial(_part, layout, around)
    migration = part("migration", stored, once=True, after=("database",), before_start=topics)
    scheduler = part(
        "scheduler",
        stored
        | brokered
        | {
            "NIGHTPLAN_HOST": LOOPBACK,
            "NIGHTPLAN_DATABASE_ROLE": "nightplan_scheduler",
            "NIGHTPLAN_HEALTH_PORT": str(ports.scheduler),
            "NIGHTPLAN_METRICS_PORT": str(ports.scheduler_metrics),
        },
        after=("migration", "broker"),
        ready=_ready(around.client, LOOPBACK, ports.scheduler),
    )
    sidecar = part(
        "sidecar",
        stored
        | {
            "NIGHTPLAN_HOST": LOOPBACK,
            "NIGHTPLAN_DATABASE_ROLE": "nightplan_sidecar",
            "NIGHTPLAN_PORT": str(ports.sidecar),
            "NIGHTPLAN_METRICS_PORT": str(ports.sidecar_metrics),
        },
        after=("migration",),
        ready=_ready(around.client, LOOPBACK, ports.sidecar),
    )
    api = part(
        "api",
        brokered
        | {
            "NIGHTPLAN_HOST": around.host,
            "NIGHTPLAN_PORT": str(around.port),
            "NIGHTPLAN_METRICS_PORT": str(ports.api_metrics),
            "NIGHTPLAN_SIDECAR_URL": f"http://{LOOPBACK}:{ports.sidecar}",
            "NIGHTPLAN_GATEWAY_PROOF": secrets.token_urlsafe(32),
            "NIGHTPLAN_LOCAL_GATEWAY": str(GATEWAY),
        },
        # It starts beside the others, and is ready when they are. It must not ask for topics
        # that nobody has made yet.
        after=("broker",) if topics is None else ("migration",),
        uses=("scheduler", "sidecar"),
        ready=_ready(around.client, around.host, around.port),
    )
    return [migration, scheduler, sidecar, api]


def _part(
    layout: Layout,
    around: Surroundings,
    name: str,
    settings: Mapping[str, str],
    *,
    after: tuple[str, ...],
    uses: tuple[str, ...] = (),
    once: bool = False,
    ready: Probe | None = None,
    before_start: Hook | None = None,
) -> Part:
    inherited = {
        key: value
        for key, value in around.environ.items()
        if not key.startswith(_PREFIX) or key in _KEPT
    }
    return Part(
        name=name,
        argv=around.commands[name],
        env={**inherited, "PYTHONUNBUFFERED": "1", **settings},
        cwd=ROOT,
        log=layout.log(name),
        after=after,
        uses=uses,
        once=once,
        ready=ready,
        before_start=before_start,
        start_timeout=60.0,
    )


def _ready(client: httpx.AsyncClient, host: str, port: int) -> Probe:
    url = f"{base_url(host, port)}/health/ready"

    async def ready() -> bool:
        try:
            return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return ready


def base_url(host: str, port: int) -> str:
    """Return the URL of a server.

    Parameters
    ----------
    host
        Its name or address, of IPv4 or IPv6.
    port
        Its port.
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
