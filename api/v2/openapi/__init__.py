"""What the OpenAPI description says of each of version 2's operations."""

from __future__ import annotations

from api.v2.openapi.commands import EXAMPLE, READ_COMMAND
from api.v2.openapi.events import EVENTS, EXAMPLES, QUESTIONS
from api.v2.openapi.parameters import IN_PATHS, PARAMETERS, RESPONSES
from api.v2.openapi.series import SERIES

__all__ = [
    "EVENTS",
    "EXAMPLE",
    "EXAMPLES",
    "IN_PATHS",
    "PARAMETERS",
    "QUESTIONS",
    "READ_COMMAND",
    "RESPONSES",
    "SERIES",
]
