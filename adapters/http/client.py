"""The line from the command line to the API, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from adapters.process.clock import SystemClock
from models.errors import NightplanError, Unreachable

MEDIA_TYPE = "application/vnd.api+json"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BadServer(NightplanError):
    """The settings name no server that a request could be sent to.

    Parameters
    ----------
    detail
        What was expected and what came.
    """

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class NoConnection(Unreachable):
    """Nobody listens there: the request was not sent, so nothing has come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said.

    Parameters
    ----------
    status
        The HTTP status code.
    headers
        By lower-case name.
    document
        The JSON:API document; None where there was something else.
    """

    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any] | None

    @property
    def retry_after(self) -> float | None:
        """Seconds after which another try makes sense, where the server said so."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            at = parsedate_to_datetime(text)
            return max(0.0, (at - SystemClock().now()).total_seconds())
        except (ValueError, TypeError):
            return None


class ApiClient:
    """Talks to the API with one key, over connections that it keeps.

    Parameters
    ----------
    server
        The API's base URL.
    api_key
        Sent as ``X-API-Key``; empty: none is sent.
    timeout
        Longest wait for an answer, in seconds; longer than the API's own.

    Raises
    ------
    BadServer
        The URL or the key cannot be used.
    """

    def __init__(self, server: str, *, api_key: str, timeout: float = 6.0) -> None:
        url = _base_url(server)
        if not api_key.isascii() or not (api_key.isprintable() or not api_key):
            raise BadServer("expected a key of printable ASCII in NIGHTPLAN_API_KEY")
        self.server = str(url).rstrip("/")
        self.has_key = bool(api_key)
        self._client = httpx.Client(
            base_url=url,
            headers={"Accept": MEDIA_TYPE} | ({"X-API-Key": api_key} if api_key else {}),
            timeout=httpx.Timeout(timeout, connect=2.0),
            # One's own machine is never behind a proxy.
            trust_env=url.host not in _LOOPBACK,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """One request, one answer.

        Parameters
        ----------
        method, path, query
            What to ask; the path is taken as it is.
        body
            A JSON value.
        headers
            More headers.
        timeout
            Longest wait, in seconds; None: as long as usual.

        Raises
        ------
        NoConnection
            Nobody listens there.
        Unreachable
            No answer came; what became of the request is unknown.
        """
        own = dict(headers or {})
        content = None
        if body is not None:
            content = json.dumps(body, separators=(",", ":")).encode()
            own["Content-Type"] = MEDIA_TYPE
        limit = httpx.USE_CLIENT_DEFAULT if timeout is None else httpx.Timeout(timeout)
        try:
            response = self._client.request(
                method, path, params=query, content=content, headers=own, timeout=limit
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoConnection(self.server, _cause(error)) from error
        except httpx.TimeoutException as error:
            raise Unreachable(self.server, "no answer in time") from error
        except httpx.HTTPError as error:
            raise Unreachable(self.server, _cause(error)) from error
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            document=_document(response.content),
        )

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()


def _base_url(server: str) -> httpx.URL:
    try:
        url = httpx.URL(server)
    except httpx.InvalidURL as error:
        raise BadServer(f"expected a URL such as http://127.0.0.1:8000, got {server!r}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise BadServer(f"expected a URL such as http://127.0.0.1:8000, got {server!r}")
    if url.query or url.fragment or url.userinfo:
        raise BadServer(f"expected a URL without user, query and fragment, got one at {url.host}")
    return url


def _document(content: bytes) -> Mapping[str, Any] | None:
    """The JSON:API document, if it is one."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    if isinstance(found, dict) and found.keys() & {"data", "errors", "meta"}:
        return found
    return None


def _cause(error: Exception) -> str:
    """The innermost reason, as the operating system words it."""
    inner: BaseException = error
    while inner.__cause__ is not None or inner.__context__ is not None:
        inner = inner.__cause__ or inner.__context__ or inner
    text = inner.strerror if isinstance(inner, OSError) else None
    return text or str(error) or type(error).__name__
