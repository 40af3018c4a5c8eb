"""JSON:API 1.1 documents: resources, collections and errors, as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

Json = dict[str, Any]

MEDIA_TYPE = "application/vnd.api+json"
JSONAPI = {"version": "1.1"}


def resource(
    kind: str,
    identifier: str,
    attributes: Mapping[str, Any],
    *,
    meta: Mapping[str, Any] | None = None,
    link: str | None = None,
) -> Json:
    """A resource object.

    Parameters
    ----------
    kind
        Its ``type``.
    identifier
        Its ``id``.
    attributes
        What it says.
    meta
        What is said about it.
    link
        Its own URL.
    """
    found: Json = {"type": kind, "id": identifier, "attributes": dict(attributes)}
    if link is not None:
        found["links"] = {"self": link}
    if meta:
        found["meta"] = dict(meta)
    return found


def document(data: Json | list[Json], *, link: str, meta: Mapping[str, Any] | None = None) -> Json:
    """A document with primary data.

    Parameters
    ----------
    data
        One resource, or several.
    link
        The URL it can be read at.
    meta
        What is said about it.
    """
    found: Json = {"jsonapi": JSONAPI, "links": {"self": link}, "data": data}
    if meta:
        found["meta"] = dict(meta)
    return found


def error(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    source: Mapping[str, str] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Json:
    """An error object.

    Parameters
    ----------
    status
        The HTTP status it alone would give.
    code
        For programs.
    title
        The same sentence for every error of this code.
    detail
        What was expected, what came.
    source
        Where: ``pointer``, ``parameter`` or ``header``.
    meta
        Facts for programs.
    """
    found: Json = {
        "id": str(uuid4()),
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
    }
    if source:
        found["source"] = dict(source)
    if meta:
        found["meta"] = dict(meta)
    return found


def errors_document(errors: Sequence[Json], *, meta: Mapping[str, Any] | None = None) -> Json:
    """A document with errors."""
    found: Json = {"jsonapi": JSONAPI, "errors": list(errors)}
    if meta:
        found["meta"] = dict(meta)
    return found
