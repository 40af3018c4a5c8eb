"""Building what the OpenAPI description says of one operation."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from api.document import JSONAPI, MEDIA_TYPE

Json = dict[Any, Any]


def reference(section: str, name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}


class JsonApiResponse(JSONResponse):
    """Names the media type of all answers.

    Of a class that is no JSON response FastAPI would say that it gives a text.
    """

    media_type = MEDIA_TYPE


def content(schema: str, example: Json) -> Json:
    """A body of the schema named, with an example, or with a reference to one.

    What FastAPI is given loses every null: an example with nulls is a component.
    """
    shown = {"examples": {"answer": example}} if "$ref" in example else {"example": example}
    return {MEDIA_TYPE: {"schema": reference("schemas", schema), **shown}}


def document(data: Any, link: str, meta: Json | None = None) -> Json:
    """An example of a document with primary data."""
    found: Json = {"jsonapi": JSONAPI, "links": {"self": link}, "data": data}
    return found | ({"meta": meta} if meta else {})


def errors(status: int, code: str, title: str, detail: str, **more: Any) -> Json:
    """An example of a document with one error."""
    error = {
        "id": "7f9c24e5-2f1c-4b6e-9d59-0c8b3b6f1a11",
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
        **more,
    }
    return {"jsonapi": JSONAPI, "errors": [error]}


def operation(
    name: str,
    tag: str,
    summary: str,
    description: str,
    *,
    answer: tuple[str, str, Json],
    others: Json | None = None,
    parameters: tuple[str, ...] = (),
    body: Json | None = None,
    status: int = 200,
) -> Json:
    """Arguments of ``add_api_route`` for one operation that answers with a JSON:API document."""
    text, schema, example = answer
    return described(
        name, tag, summary, description, parameters=parameters, body=body, status=status,
        responses={status: {"description": text, "content": content(schema, example)}}
        | (others or {}),
    )  # fmt: skip


def request_body(schema: str, examples: dict[str, Json], description: str) -> Json:
    """A request body of the schema named, as JSON:API or plain JSON, with examples by name."""
    entry = {
        "schema": reference("schemas", schema),
        "examples": {name: {"value": value} for name, value in examples.items()},
    }
    return {
        "required": True,
        "description": description,
        "content": {MEDIA_TYPE: entry, "application/json": entry},
    }


def described(
    name: str,
    tag: str,
    summary: str,
    description: str,
    *,
    responses: Json,
    parameters: tuple[str, ...] = (),
    body: Json | None = None,
    status: int = 200,
    response_class: type[Response] = JsonApiResponse,
) -> Json:
    """Arguments of ``add_api_route`` for one operation, whatever it answers with."""
    extra: Json = {}
    if parameters:
        extra["parameters"] = [reference("parameters", name) for name in parameters]
    if body is not None:
        extra["requestBody"] = body
    return {
        "operation_id": name,
        "tags": [tag],
        "summary": summary,
        "description": description,
        "response_class": response_class,
        "status_code": status,
        "responses": responses,
        "openapi_extra": extra or None,
    }
