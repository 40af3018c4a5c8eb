"""What the OpenAPI description says of each of version 2's operations."""

from __future__ import annotations

from api.v2.openapi.commands import EXAMPLE, READ_COMMAND
from api.v2.openapi.events import EVENTS, QUESTIONS
from api.v2.openapi.events import EXAMPLES as EVENT_EXAMPLES
from api.v2.openapi.maintenance import EXAMPLES as MAINTENANCE_EXAMPLES
from api.v2.openapi.maintenance import MAINTENANCE
from api.v2.openapi.nights import EXAMPLES as NIGHT_EXAMPLES
from api.v2.openapi.nights import NIGHTS
from api.v2.openapi.operations import EXAMPLES as OPERATION_EXAMPLES
from api.v2.openapi.operations import OPERATIONS
from api.v2.openapi.parameters import IN_PATHS, RESPONSES
from api.v2.openapi.parameters import PARAMETERS as GENERAL_PARAMETERS
from api.v2.openapi.series import EXAMPLES as SERIES_EXAMPLES
from api.v2.openapi.series import SERIES
from api.v2.openapi.stream import STREAM, STREAM_PARAMETERS

EXAMPLES = (
    EVENT_EXAMPLES | MAINTENANCE_EXAMPLES | NIGHT_EXAMPLES | OPERATION_EXAMPLES | SERIES_EXAMPLES
)
"""Examples that are components, by name."""
PARAMETERS = GENERAL_PARAMETERS | STREAM_PARAMETERS
"""Parameters that are components, by name."""

__all__ = [
    "EVENTS",
    "EXAMPLE",
    "EXAMPLES",
    "IN_PATHS",
    "MAINTENANCE",
    "NIGHTS",
    "OPERATIONS",
    "PARAMETERS",
    "QUESTIONS",
    "READ_COMMAND",
    "RESPONSES",
    "SERIES",
    "STREAM",
]
