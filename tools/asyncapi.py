"""``python -m tools.asyncapi [--check]``: writes openapi/asyncapi.json, or tells if it is true.

AsyncAPI 3.1: the topics, the CloudEvents headers of each message, and the values' schemas,
generated from the models that the messages are made of.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from instruments import discover
from models.command import Command, CommandKind
from models.event import State
from models.outcome import Change, Outcome, Status
from models.topic import CHANGES, COMMANDS, DEAD_LETTERS, OUTCOMES, TOPICS

Json = dict[str, Any]

TARGET = Path(__file__).resolve().parents[1] / "openapi" / "asyncapi.json"
API, SCHEDULER = "/nightplan/api", "/nightplan/scheduler"
VALUES: Mapping[str, type[BaseModel]] = {"Command": Command, "Outcome": Outcome, "Change": Change}
"""The values of the messages, by the name of their schema."""

INFO = """\
How nightplan's parts talk through Kafka. The API publishes commands and reads outcomes; the \
scheduler reads commands and publishes outcomes, changes and dead letters. PostgreSQL is the \
truth: a message may come twice, and nothing is lost if Kafka loses all of them. Values are \
JSON; CloudEvents 1.0 in binary content mode, so the context attributes are headers. Every \
scheduling group has one partition, the same number in each topic, chosen by configuration and \
never by a hash; its name is the key."""

_DEAD: Json = {
    "nightplan_why": {"type": "string", "description": "Why it is here.", "maxLength": 1000},
    "nightplan_offset": {
        "type": "string",
        "pattern": r"^\d+$",
        "description": "Its offset in the topic of commands.",
    },
    "nightplan_length": {
        "type": "string",
        "pattern": r"^\d+$",
        "description": "How many bytes it had; the first 1000000 are kept.",
    },
}

_OPERATIONS = (
    (
        "apiSendsCommand", "send", "commands", "command", "Ask for a change.",
        "To the partition of the instrument's scheduling group; whoever asked waits meanwhile.",
    ),
    (
        "schedulerReceivesCommand", "receive", "commands", "command", "Take the next command.",
        "In the order of the partition, from the bookmark in PostgreSQL on; one that comes again "
        "has no further effect.",
    ),
    (
        "schedulerSendsOutcome", "send", "outcomes", "outcome", "Answer a command.",
        "After it is committed, from the outbox; possibly more than once.",
    ),
    (
        "apiReceivesOutcome", "receive", "outcomes", "outcome", "Hand it to who waits for it.",
        "Every API reads all of them, and knows its own by the command's id.",
    ),
    (
        "schedulerSendsChange", "send", "changes", "change", "Tell of a state change.",
        "After it is committed, from the outbox, in the order of the decisions.",
    ),
    (
        "schedulerBuries", "send", "deadLetters", "deadLetter", "Keep it for a person.",
        "What is no command, or could not be decided in several attempts, as it came.",
    ),
)  # fmt: skip
"""Name, action, channel, message, summary and description of each operation."""


def describe() -> Json:
    """The AsyncAPI document."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "nightplan between its parts",
            "version": "1.0.0",
            "description": INFO,
            "contact": {
                "name": "nightplan",
                "url": "https://nightplan.example/",
                "email": "operators@nightplan.example",
            },
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
            "tags": [
                {"name": "changes", "description": "What became of events, for whoever listens."},
                {"name": "decisions", "description": "What is asked for, and what became of it."},
            ],
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "NIGHTPLAN_KAFKA_BOOTSTRAP names the real one.",
            }
        },
        "channels": {
            "commands": _channel(COMMANDS, "command", "What callers want changed."),
            "outcomes": _channel(OUTCOMES, "outcome", "What became of each command."),
            "changes": _channel(CHANGES, "change", "Every state change of every event."),
            "deadLetters": _channel(
                DEAD_LETTERS, "deadLetter", "Messages that could not be carried out."
            ),
        },
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channel(address: str, message: str, description: str) -> Json:
    return {
        "address": address,
        "description": description,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": TOPICS[address],
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> Json:
    """Who sends and who receives; ``send`` is said of the part that its name begins with."""
    found: Json = {}
    for name, action, channel, message, summary, description in _OPERATIONS:
        found[name] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
            "description": description,
            "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        }
    return found


def _messages() -> Json:
    return {
        "command": _message(
            "Command", API, [f"nightplan.command.{kind}" for kind in CommandKind], "The command's."
        ),
        "outcome": _message(
            "Outcome",
            SCHEDULER,
            [f"nightplan.outcome.{status}" for status in Status],
            "The command's.",
        ),
        "change": _message(
            "Change",
            SCHEDULER,
            [f"nightplan.event.{state}" for state in State],
            "Follows from event, revision, state and time: the same change has the same id.",
        ),
        "deadLetter": _message(
            "DeadLetter",
            SCHEDULER,
            ["nightplan.command.dead"],
            "The command's, where it could be read.",
            more=_DEAD,
        ),
    }


def _message(
    name: str, source: str, types: list[str], id_is: str, *, more: Mapping[str, Json] | None = None
) -> Json:
    groups = sorted({instrument.group.name for instrument in discover()})
    properties: Json = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": id_is},
        "ce_source": {"type": "string", "const": source},
        "ce_type": {"type": "string", "enum": types},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"type": "string", "const": "application/json"},
        "nightplan_request_id": {
            "type": "string",
            "description": "X-Request-ID of the HTTP request that caused it; may be empty.",
        },
        **(more or {}),
    }
    return {
        "name": name,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": properties, "required": sorted(properties)},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "description": "The scheduling group.",
                    "examples": groups,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _schemas() -> Json:
    """The values' schemas and all they refer to."""
    found: Json = {
        "DeadLetter": {"description": "The bytes as they came; may be no JSON at all."},
    }
    for name, model in VALUES.items():
        schema = model.model_json_schema(
            mode="serialization", ref_template="#/components/schemas/{model}"
        )
        found |= schema.pop("$defs", {})
        found[name] = schema
    return dict(sorted(found.items()))


def generate() -> str:
    """The document as committed."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document, or with ``--check`` exit with 1 if the committed one differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.asyncapi", description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == generate() else 1)
    TARGET.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
