"""Ports: what the command needs from outside; ``__main__`` chooses who provides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Answer(Protocol):
    """What the server said."""

    @property
    def status(self) -> int:
        """The HTTP status code."""

    @property
    def document(self) -> Mapping[str, Any] | None:
        """The JSON:API document; None where there was something else."""

    @property
    def retry_after(self) -> float | None:
        """Seconds after which another try makes sense, where the server said so."""


class Api(Protocol):
    """The HTTP API."""

    @property
    def server(self) -> str:
        """Its base URL, for messages."""

    @property
    def has_key(self) -> bool:
        """Whether there is an API key to show."""

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """One request, one answer.

        Parameters
        ----------
        method, path, query
            What to ask.
        body
            A JSON value.
        timeout
            Longest wait, in seconds; None: as long as usual.

        Raises
        ------
        models.errors.Unreachable
            There was none; a subclass of it where the request cannot have been sent.
        """


class Connect(Protocol):
    """Makes the line to a server; None: the one that the settings name."""

    def __call__(self, server: str | None) -> Api:
        """The line to this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChoices:
    """What the user of ``nightplan up`` has chosen.

    Parameters
    ----------
    host, port
        Where the API listens.
    data
        Where everything is kept.
    kafka
        Bootstrap servers of an existing Kafka; None: the embedded broker.
    database
        URL of an existing database; None: the embedded one.
    """

    host: str
    port: int
    data: Path
    kafka: str | None
    database: str | None


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of the command: its adapters and the options that hold for any command.

    Parameters
    ----------
    connect
        Makes the line to a server.
    bring_up
        Runs the whole system; gives its exit status.
    json
        Whether ``--json`` stands before the command's name.
    server
        The ``--server`` before the command's name.
    """

    connect: Connect
    bring_up: Callable[[LocalChoices, Callable[[str], None]], int]
    json: bool = False
    server: str | None = None
