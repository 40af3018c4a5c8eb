"""openapi/api.json: true, valid, complete, and every example in it is one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from instruments import discover
from models.errors import Reason
from tests.end_to_end.asking import Asker
from tests.end_to_end.nights import Night
from tests.end_to_end.system import ROOT
from tests.end_to_end.witness import ATOMIC, MEDIA_TYPE, Witness, check_document

Json = dict[str, Any]

WITNESS = Witness()
OPERATIONS: list[tuple[str, str, Json]] = [
    (path, method, operation)
    for path, operations in WITNESS.description["paths"].items()
    for method, operation in operations.items()
]
NAMES = [f"{method} {path}" for path, method, _ in OPERATIONS]
each_operation = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)


def test_it_is_the_generated_one() -> None:
    done = subprocess.run([sys.executable, "-m", "api.generate", "--check"], cwd=ROOT)
    assert done.returncode == 0, "run python -m api.generate"


def test_it_is_valid() -> None:
    assert WITNESS.description["openapi"].startswith("3.1")
    errors = [error.message for error in OpenAPIV31SpecValidator(WITNESS.description).iter_errors()]
    assert not errors


def test_it_says_what_it_is() -> None:
    info = WITNESS.description["info"]
    assert all(info[name] for name in ("title", "version", "description", "license", "contact"))
    assert WITNESS.description["servers"]
    assert WITNESS.description["security"] == [{"apiKey": []}]
    tags = {tag["name"] for tag in WITNESS.description["tags"]}
    assert tags == {tag for _, _, operation in OPERATIONS for tag in operation["tags"]}


def test_all_of_version_1_is_there() -> None:
    base = "/v1/instrument/{instrument_id}"
    assert {(path, method) for path, method, _ in OPERATIONS} >= {
        ("/v1/instrument", "get"),
        (f"{base}/schedule", "get"),
        (f"{base}/event", "get"),
        (f"{base}/event", "post"),
        (f"{base}/event", "delete"),
        (f"{base}/event/{{event_id}}", "get"),
        (f"{base}/event/{{event_id}}", "delete"),
    }


@each_operation
def test_every_operation_is_described(path: str, method: str, operation: Json) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z0-9]+", operation["operationId"])
    assert operation["summary"]
    assert operation["description"].endswith((".", "again is safe."))
    named = set(re.findall(r"\{([^}]*)\}", path))
    parameters = [WITNESS.resolve(entry) for entry in operation.get("parameters", [])]
    assert {entry["name"] for entry in parameters if entry["in"] == "path"} == named
    for entry in parameters:
        assert entry.get("description"), f"{entry['name']} of {method} {path}"
        assert "example" in entry or "examples" in entry, f"{entry['name']} of {method} {path}"


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


@each_operation
def test_every_answer_is_described(path: str, method: str, operation: Json) -> None:
    assert {"401", "405", "406", "431", "500"} <= set(operation["responses"])
    assert len({"200", "201"} & set(operation["responses"])) == 1
    assert "422" not in operation["responses"]
    for status, answer in operation["responses"].items():
        found = WITNESS.resolve(answer)
        assert found["description"]
        if status == "304":
            assert "content" not in found
            continue
        for media_type, content in found["content"].items():
            documents = list(examples_of(content))
            assert documents, f"{method} {path} has no example for {status}"
            for document in documents:
                WITNESS.validate_by(content["schema"], document)
                if media_type in (MEDIA_TYPE, ATOMIC):
                    check_document(document, int(status))
                    for error in document.get("errors", ()):
                        assert error["status"] == status


@each_operation
def test_every_request_is_described(path: str, method: str, operation: Json) -> None:
    body = operation.get("requestBody")
    with_body = method in {"post", "patch"} or operation["operationId"] == "removeEvent"
    assert (body is not None) == with_body
    if body is None:
        return
    assert body["required"] is True
    assert body["description"]
    atomic = operation["operationId"] == "operate"
    assert set(body["content"]) == ({ATOMIC} if atomic else {MEDIA_TYPE, "application/json"})
    for content in body["content"].values():
        documents = list(examples_of(content))
        assert documents
        for document in documents:
            WITNESS.validate_by(content["schema"], document)


def examples_of(content: Json) -> Iterator[Json]:
    """The examples of a request or an answer."""
    if "example" in content:
        yield content["example"]
    for example in content.get("examples", {}).values():
        yield WITNESS.resolve(example)["value"]


def test_every_event_type_has_its_schema() -> None:
    schemas = WITNESS.description["components"]["schemas"]
    kinds = {
        (instrument.kind, event_type.name)
        for instrument in discover()
        for event_type in instrument.event_types.values()
    }
    wanted = {f"{kind}{name}".lower() for kind, name in kinds}
    assert wanted <= {name.lower() for name in schemas}
    for schema in schemas.values():
        assert schema.get("description") or schema.get("title")


def test_every_reason_is_named() -> None:
    text = json.dumps(WITNESS.description["components"]["schemas"]["Errors"])
    assert all(reason.value in text for reason in Reason)


def test_requests_at_fault_are_not_valid() -> None:
    """The schema refuses what the service refuses by its form."""
    good: Json = WITNESS.description["paths"]["/v1/instrument/{instrument_id}/event"]["post"][
        "requestBody"
    ]["content"][MEDIA_TYPE]["examples"]["static"]["value"]
    schema = {"$ref": "#/components/schemas/EventRequest"}
    WITNESS.validate_by(schema, good)
    for name, value in (
        ("zenith", "60.3"), ("zenith", 60.3), ("azimuth", None), ("number_of_photos", "2"),
        ("number_of_photos", 0), ("start_time", "2027-01-01T00:00:00+00:00"), ("colour", "red"),
    ):  # fmt: skip
        attributes = {**good["data"]["attributes"], name: value}
        bad = {"data": {**good["data"], "attributes": attributes}}
        with pytest.raises(AssertionError):
            WITNESS.validate_by(schema, bad)


def test_the_examples_are_taken(ask: Asker, night: Night) -> None:
    """The examples of the description work, moved to a night to come."""
    body: Json = WITNESS.description["paths"]["/v1/instrument/{instrument_id}/event"]["post"][
        "requestBody"
    ]
    for number, example in enumerate(examples_of(body["content"][MEDIA_TYPE])):
        document = json.loads(json.dumps(example))
        attributes = document["data"]["attributes"]
        seconds = 123 if document["data"]["type"] == "scan" else attributes["number_of_photos"] / 2
        attributes["start_time"] = night.after_dusk(600 + 1000 * number)
        attributes["end_time"] = night.after_dusk(600 + 1000 * number + seconds)
        document["data"].pop("id", None)
        assert ask.send("POST", night, document).status_code == 200
