"""Every answer of the running system is held against what openapi/api.json promises."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.end_to_end.system import ROOT

MEDIA_TYPE = "application/vnd.api+json"
ATOMIC = f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"'
_BASE = "urn:openapi"
_TOP_LEVEL = {"jsonapi", "links", "data", "errors", "meta", "included", "atomic:results"}
_PRIMARY = {"data", "errors", "atomic:results"}
_ERROR = {"id", "links", "status", "code", "title", "detail", "source", "meta"}
_SOURCE = {"pointer", "parameter", "header"}


class Witness:
    """Looks at every answer, and remembers which it has seen."""

    def __init__(self) -> None:
        self.description: dict[str, Any] = json.loads(
            (ROOT / "openapi" / "api.json").read_text(encoding="utf-8")
        )
        resource = Resource.from_contents(self.description, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)
        self._templates = {
            re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)): path
            for path in self.description["paths"]
        }
        self.seen: Counter[tuple[str, str, int]] = Counter()

    def __call__(self, response: httpx.Response) -> None:
        """Look at one answer; the event hook of every client."""
        response.read()
        request = response.request
        self.look(
            request.method,
            request.url.raw_path.decode(),
            response.status_code,
            response.headers,
            response.content,
        )

    def look(
        self, method: str, target: str, status: int, headers: httpx.Headers, body: bytes
    ) -> None:
        """Fail if the answer is not as JSON:API 1.1 and the description have it."""
        assert status < 500 or status in {503, 504}, body
        assert len(headers.get_list("x-request-id")) == 1
        if method == "HEAD" or status == 304:
            assert body == b""
            return
        path = target.partition("?")[0]
        if path == "/openapi.json" and status == 200:
            assert headers["content-type"] == "application/json"
            return
        media_type = headers["content-type"]
        if media_type.startswith("text/"):
            assert "charset=utf-8" in media_type
            media_type = media_type.partition(";")[0]
        if media_type not in (MEDIA_TYPE, ATOMIC):
            self._hold_against_description(method, path, status, media_type, body.decode())
            return
        document = json.loads(body)
        check_document(document, status)
        self._hold_against_description(method, path, status, media_type, document)

    def _hold_against_description(
        self, method: str, path: str, status: int, media_type: str, document: object
    ) -> None:
        template = next(
            (name for form, name in self._templates.items() if form.fullmatch(path)), None
        )
        if template is None:
            assert status in {401, 404, 405, 406}, f"{method} {path} answered {status}"
            self.validate("Errors", document)
            return
        self.seen[method, template, status] += 1
        operation = self.description["paths"][template].get(method.lower())
        if operation is None:
            assert status in {401, 405, 406}, f"{method} {template} answered {status}"
            self.validate("Errors", document)
            return
        documented = operation["responses"]
        assert str(status) in documented, f"{method} {template}: {status} is not described"
        answer = self.resolve(documented[str(status)])
        self.validate_by(answer["content"][media_type]["schema"], document)

    def resolve(self, found: dict[str, Any]) -> dict[str, Any]:
        """A part of the description, or what it refers to."""
        while "$ref" in found:
            place: Any = self.description
            for token in found["$ref"].removeprefix("#/").split("/"):
                place = place[token]
            found = place
        return found

    def validate(self, name: str, value: object) -> None:
        """Fail if the value is not of the component named."""
        self.validate_by({"$ref": f"#/components/schemas/{name}"}, value)

    def validate_by(self, schema: dict[str, Any], value: object) -> None:
        """Fail if the value is not of the schema, whose references are the description's."""
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{_BASE}#/'))
        validator = Draft202012Validator(
            absolute,
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not errors, errors


def check_document(document: object, status: int) -> None:
    """What JSON:API 1.1 asks of any document, and of errors in particular."""
    assert isinstance(document, dict)
    assert set(document) <= _TOP_LEVEL
    primary = set(document) & _PRIMARY
    assert len(primary) == 1 or (not primary and set(document) == {"jsonapi", "meta"})
    assert ("errors" in document) == (status >= 400)
    assert document["jsonapi"] == {"version": "1.1"} | (
        {"ext": ["https://jsonapi.org/ext/atomic"]} if "atomic:results" in document else {}
    )
    if "data" in document:
        data = document["data"]
        resources = data if isinstance(data, list) else [data]
        assert all(isinstance(each["id"], str) for each in resources)
        assert all(isinstance(each["type"], str) for each in resources)
        assert len({(each["type"], each["id"]) for each in resources}) == len(resources)
    if status < 400:
        return
    assert document["errors"]
    for error in document["errors"]:
        assert set(error) <= _ERROR
        assert UUID(error["id"]).version == 4
        assert all(isinstance(error[name], str) for name in ("status", "code", "title", "detail"))
        assert 400 <= int(error["status"]) < 600
        assert set(error.get("source", {})) <= _SOURCE
        assert all(isinstance(value, str) for value in error.get("source", {}).values())
    statuses = {error["status"] for error in document["errors"]}
    assert statuses == {str(status)} or str(status)[0] in {entry[0] for entry in statuses}
