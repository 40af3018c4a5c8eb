"""The gateway of ``nightplan up``: checks ``X-API-Key`` as Kong would.

It reads the same declarative file that production's Kong reads (consumers,
key-auth credentials, ACL groups), and passes on what Kong's key-auth and ACL
plugins pass on. Whatever a client says of its own identity is thrown away.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import NightplanError

KEY_HEADER = b"x-api-key"
_IDENTITY_PREFIXES = (b"x-consumer-", b"x-credential-", b"x-gateway-proof", b"x-anonymous-consumer")


class BadGatewayFile(NightplanError):
    """A Kong declarative file does not say who may come in.

    Parameters
    ----------
    path
        The file.
    detail
        What is wrong with it.
    """

    def __init__(self, path: Path, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"{path}: {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Somebody who holds a key.

    Parameters
    ----------
    id, username
        As Kong passes them on.
    groups
        ACL groups.
    keys
        Every valid key.
    """

    id: str
    username: str
    groups: tuple[str, ...]
    keys: tuple[str, ...]


def read_consumers(path: Path) -> tuple[Consumer, ...]:
    """The consumers of a Kong declarative file (format 3.0).

    Raises
    ------
    BadGatewayFile
        The file cannot be read or names no consumer with a key.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        consumers = tuple(_consumer(entry) for entry in document["consumers"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadGatewayFile(path, f"expected a Kong declarative file: {error!r}") from error
    if not any(consumer.keys for consumer in consumers):
        raise BadGatewayFile(path, "expected at least one consumer with a key")
    return consumers


def _consumer(entry: Mapping[str, Any]) -> Consumer:
    return Consumer(
        id=str(entry["id"]),
        username=str(entry["username"]),
        groups=tuple(str(acl["group"]) for acl in entry.get("acls", ())),
        keys=tuple(str(credential["key"]) for credential in entry.get("keyauth_credentials", ())),
    )


class LocalGateway:
    """Stands where Kong stands in production; pure ASGI, for one machine only.

    A request without a valid key is passed on without an identity and with the
    reason in ``scope["state"]["refusal"]``, so that the API answers 401 itself.

    Parameters
    ----------
    app
        The API.
    consumers
        Who may come in.
    proof
        The secret by which the API knows its gateway.
    """

    def __init__(self, app: ASGIApp, consumers: Sequence[Consumer], *, proof: str) -> None:
        self._app = app
        self._keys = [
            (key.encode(), consumer) for consumer in consumers for key in consumer.keys if key
        ]
        self._proof = proof.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate one request and pass it on."""
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self._app(scope, receive, send)
            return
        keys = [value for name, value in scope["headers"] if name.lower() == KEY_HEADER]
        consumer = self._find(keys[0]) if len(keys) == 1 else None
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name.lower() != KEY_HEADER and not name.lower().startswith(_IDENTITY_PREFIXES)
        ]
        state = dict(scope.get("state") or {})
        if consumer is None:
            state["refusal"] = _explain(len(keys))
        else:
            headers += [
                (b"x-consumer-id", consumer.id.encode()),
                (b"x-consumer-username", consumer.username.encode()),
                (b"x-consumer-groups", ", ".join(consumer.groups).encode()),
                (b"x-gateway-proof", self._proof),
            ]
        await self._app({**scope, "headers": headers, "state": state}, receive, send)

    def _find(self, given: bytes) -> Consumer | None:
        """The holder of a key; every key is compared, in constant time each."""
        found = None
        for key, consumer in self._keys:
            if hmac.compare_digest(key, given):
                found = consumer
        return found


def _explain(keys: int) -> str:
    """Why a request with so many keys is not let in."""
    if keys == 0:
        return "expected an API key in the header X-API-Key, got none"
    if keys > 1:
        return f"expected one API key in the header X-API-Key, got {keys}"
    return "expected a valid API key in the header X-API-Key, got one that nobody holds"
