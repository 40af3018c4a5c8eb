"""What the OpenAPI description says of commands."""

from __future__ import annotations

from api.operations import Json, document, operation, reference

_COMMAND = "022539c2-4717-49b7-834e-91b5cae9653c"
EXAMPLE: Json = {
    "type": "command",
    "id": _COMMAND,
    "attributes": {
        "action": "add",
        "status": "added",
        "instrument": "c7733ec3-a799-4c11-aa97-b344e60aafad",
        "event": _COMMAND,
        "issued_at": "2026-11-21T14:21:07.310Z",
        "expires_at": "2026-11-21T14:36:07.310Z",
        "decided_at": "2026-11-21T14:21:07.331Z",
        "night": "2026-11-21",
        "revision": 7,
        "displaced": [],
        "scheduled": [],
        "errors": [],
    },
    "links": {"self": f"/v2/commands/{_COMMAND}"},
}

READ_COMMAND = operation(
    "readCommand", "commands", "Read what became of a command",
    "Every request that asks for a change is a command. Its id is that of the event it adds where "
    "the client chose one; else `Content-Location` names it, in the answers 202 and 504. "
    "`pending`: it may still be carried out. `added`, `waiting`, `changed`, `removed`, `closed`, "
    "`opened`, `done`, `rejected` (`errors` says why): decided, once and for all. `expired`: it "
    "was not carried out and will not be, unless it is sent again.",
    answer=("The command.", "CommandDocument", document(EXAMPLE, f"/v2/commands/{_COMMAND}")),
    others={
        304: {"description": "The client has the newest already (If-None-Match)."},
        400: reference("responses", "BadParameter"),
        404: reference("responses", "UnknownCommand"),
        504: reference("responses", "Timeout"),
    },
)  # fmt: skip
