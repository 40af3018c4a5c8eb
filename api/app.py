"""The API's application: routes, errors, health."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp

from api import openapi
from api.asking import Services
from api.conditional import respond
from api.middleware import Surroundings, failed
from api.problems import Problem, problem, refusal
from api.v1 import routes as v1
from api.v2 import routes as v2
from models.errors import Overloaded, Reason, Unreachable

log = structlog.get_logger(__name__)


def build_application(services: Services) -> FastAPI:
    """The application without its surroundings; the source of openapi/api.json."""
    app = FastAPI(
        title=openapi.TITLE,
        version=openapi.VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(v1.build_router(services))
    app.include_router(v2.build_router(services))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]

    async def read_openapi(request: Request) -> Response:
        return respond(request, app.openapi(), "application/json")

    app.router.routes.append(Route("/openapi.json", read_openapi, methods=["GET"]))
    _add_errors(app)
    return app


def build_app(services: Services, *, proofs: Sequence[str], health: Sequence[BaseRoute]) -> ASGIApp:
    """Make the API.

    Parameters
    ----------
    services
        What its routes use.
    proofs
        The gateway's secrets that are valid at present.
    health
        The routes below ``/health/``, which need no authentication.
    """
    app = build_application(services)
    app.router.routes.extend(health)
    return Surroundings(app, proofs=proofs)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def refused(_: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(Unreachable)
    async def unreachable(_: Request, error: Unreachable) -> Response:
        log.warning("a part did not answer", part=error.part, error=error.detail)
        return refusal(
            Reason.TIMEOUT, f"{error.part} did not answer in time; what became of the request is "
            "unknown: send it again with the same id"
        ).response()  # fmt: skip

    @app.exception_handler(Overloaded)
    async def overloaded(_: Request, error: Overloaded) -> Response:
        return refusal(
            Reason.OVERLOADED,
            f"too many requests are waiting; try again in {error.retry_after} s",
            headers={"Retry-After": str(error.retry_after)},
        ).response()

    @app.exception_handler(Exception)
    async def broken(request: Request, _: Exception) -> Response:
        # Who catches it goes on to raise it: it is logged around the application.
        return failed(request.state.request_id).response()

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(app, request))
            detail = f"expected one of {headers['Allow']}, got {request.method}"
            return problem(405, "method-not-allowed", detail, headers=headers).response()
        if error.status_code == 404:
            path = ascii(request.url.path)[:120]
            return problem(404, "not-found", f"no such URL: {path}").response()
        return problem(
            error.status_code, "http-error", str(error.detail), headers=headers
        ).response()


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """The methods that the URL has, found by trying each."""
    methods = {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for route in app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
