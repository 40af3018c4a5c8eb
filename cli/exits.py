"""Exits: what the exit codes of ``nightplan`` mean, and the errors that end it with one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    USAGE = 2
    NOT_ALLOWED = 3
    REJECTED = 4
    UNREACHABLE = 5


class Failure(Exception):
    """A command ends here, with an exit code and a text for a person.

    Parameters
    ----------
    code
        The exit code.
    message
        What is wrong and what to do next; printed after ``nightplan:``.
    document
        The server's JSON:API document with the errors, where there is one.
    reason
        The error's ``code`` in the document that ``--json`` prints where the
        server gave none.
    """

    def __init__(
        self,
        code: ExitCode,
        message: str,
        *,
        document: Mapping[str, Any] | None = None,
        reason: str = "failed",
    ) -> None:
        self.code = code
        self.message = message
        self._document = document
        self._reason = reason
        super().__init__(message)

    @property
    def document(self) -> Mapping[str, Any]:
        """The server's errors, or this failure in the same form."""
        if self._document is not None:
            return self._document
        error = {"code": self._reason, "title": "nightplan failed", "detail": self.message}
        return {"jsonapi": {"version": "1.1"}, "errors": [error]}


class UsageFault(Failure):
    """What was asked for makes no sense, whatever the server would say."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.USAGE, message, reason="usage")
