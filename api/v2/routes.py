"""All of version 2's URLs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Services
from api.commands import command_link, command_resource, find_command
from api.conditional import respond
from api.document import document
from api.problems import problem
from api.v2 import openapi
from api.v2.events import add_event_routes
from api.v2.maintenance import add_maintenance_routes
from api.v2.nights import add_night_routes
from api.v2.operations import add_operation_routes
from api.v2.plans import add_plan_routes
from api.v2.questions import add_question_routes
from api.v2.series import add_series_routes
from api.v2.stream import add_stream_routes


def build_router(services: Services) -> APIRouter:
    """All of version 2."""
    router = APIRouter(prefix="/v2", redirect_slashes=False)
    router.add_api_route(
        "/commands/{command_id}",
        CommandRoutes(services).read_command,
        methods=["GET"],
        **openapi.READ_COMMAND,
    )
    add_night_routes(router, services, openapi.NIGHTS)
    add_plan_routes(router, services, openapi.NIGHTS)
    add_event_routes(router, services, openapi.EVENTS)
    add_question_routes(router, services, openapi.QUESTIONS)
    add_maintenance_routes(router, services, openapi.MAINTENANCE)
    add_operation_routes(router, services, openapi.OPERATIONS)
    add_series_routes(router, services, openapi.SERIES)
    add_stream_routes(router, services, openapi.STREAM)
    return router


class CommandRoutes:
    """The function behind the URL of commands."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def read_command(self, request: Request, command_id: str) -> Response:
        """What became of a command."""
        requests.read_query(request, ())
        identifier = requests.parse_event_id(command_id)
        services = self._services
        found = identifier and await find_command(
            identifier, services.dispatcher, services.reader, services.clock
        )
        if not found:
            raise problem(
                404,
                "unknown-command",
                "nothing is known of a command with the id "
                f"{ascii(command_id)[:80]}: it was never sent, or never reached the scheduler",
            )
        command, outcome, status = found
        resource = command_resource(command, outcome, status)
        return respond(request, document(resource, link=command_link(command.id)))
