"""Conditional GET: entity tags, and 304 for who has the newest already."""

from __future__ import annotations

import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.document import MEDIA_TYPE, Json
from api.requests import known_tags


def respond(request: Request, answer: Json, *, tag: str | None = None) -> Response:
    """The document, or 304 if the client's ``If-None-Match`` names its tag.

    Parameters
    ----------
    request
        The GET request.
    answer
        The document.
    tag
        Its entity tag; by default a digest of its bytes.
    """
    body = orjson.dumps(answer)
    if tag is None:
        tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    known = known_tags(request)
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
