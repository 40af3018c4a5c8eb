"""Conditional GET: entity tags, and 304 for who has the newest already."""

from __future__ import annotations

import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.document import MEDIA_TYPE, Json
from api.requests import known_tags


def respond(request: Request, answer: Json, media_type: str = MEDIA_TYPE) -> Response:
    """The document tagged by its digest, or 304 if ``If-None-Match`` names that tag.

    Parameters
    ----------
    request
        The GET request.
    answer
        The document.
    media_type
        What it is.
    """
    body = orjson.dumps(answer)
    tag = hashlib.sha256(body).hexdigest()[:32]
    known = known_tags(request)
    unchanged = tag in known or "*" in known
    return answer_tagged(None if unchanged else body, tag, media_type=media_type)


def answer_tagged(
    body: bytes | None, tag: str, age: int = 0, media_type: str = MEDIA_TYPE
) -> Response:
    """A document with its entity tag, or 304 where there is none because the client has it.

    Parameters
    ----------
    body
        The document, or None.
    tag
        Its entity tag, without quotation marks.
    age
        Seconds since it was the newest for certain; 0: it is.
    media_type
        What it is.
    """
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if age:
        headers["Age"] = str(age)
    if body is None:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
