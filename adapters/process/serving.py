"""Serving HTTP and stopping in good order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import prometheus_client
import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.process.protocol import Patience, make_protocol

log = structlog.get_logger(__name__)

Ready = Callable[[], Awaitable[dict[str, bool]]]
"""Tells of each thing that a service needs whether it has it."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_on_signals() -> asyncio.Event:
    """An event that is set when the process is asked to stop (SIGTERM, SIGINT)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on uvloop until it ends.

    What has been imported by now lives as long as the process: the garbage
    collector need not look at it again (a full collection takes 100 ms and more).
    """
    gc.collect()
    gc.freeze()
    uvloop.run(main)


async def serve(
    app: Any,
    *,
    host: str,
    port: int,
    stop: asyncio.Event,
    no_request: Callable[[], Response] = lambda: Response(status_code=400),
    late: Callable[[], Response] = lambda: Response(status_code=408),
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> None:
    """Serve an ASGI application until ``stop`` is set, then finish what is begun.

    Parameters
    ----------
    app
        The application.
    host, port
        Where to listen.
    stop
        Ends the service; requests under way have three seconds to finish.
    no_request
        Makes the answer to bytes that are no HTTP request.
    late
        Makes the answer to a request whose headers do not arrive in time.
    patience
        How long clients are waited for.

    Raises
    ------
    SystemExit
        The port cannot be listened on.
    """
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            lifespan="on",
            timeout_graceful_shutdown=3,
            timeout_keep_alive=75,
            http=make_protocol(no_request, late, patience),
            backlog=4096,
        )
    )

    async def watch() -> None:
        await stop.wait()
        server.should_exit = True

    watching = asyncio.create_task(watch(), name="stop")
    try:
        await server.serve()
    finally:
        stop.set()
        await watching


def health_routes(ready: Ready) -> list[Route]:
    """``/health/live`` and ``/health/ready``, without authentication.

    Parameters
    ----------
    ready
        Asked each time; the service is ready if everything it tells of is there.
    """

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def is_ready(_: Request) -> JSONResponse:
        parts = await ready()
        good = all(parts.values())
        return JSONResponse(
            {"status": "ready" if good else "not ready", "parts": parts},
            status_code=200 if good else 503,
        )

    return [Route("/health/live", live), Route("/health/ready", is_ready)]


def health_app(ready: Ready) -> Starlette:
    """An application that serves nothing but its health."""
    return Starlette(routes=health_routes(ready))


def serve_metrics(host: str, port: int) -> None:
    """Serve ``/metrics`` on a port of its own, from a thread; 0: not at all."""
    if port:
        prometheus_client.start_http_server(port, addr=host)
        log.info("metrics are served", port=port)
