"""What is wrong with a problem: every fault at once, each with the place it stands at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a problem.

    Parameters
    ----------
    code
        Machine-readable kind: ``malformed``, ``schema``, ``end-before-start``,
        ``duration-mismatch``, ``id-conflict``, ``unknown-event``, ``unknown-instrument``,
        ``dependency`` or ``conflict``.
    title
        The kind in words, the same for every fault of one code.
    detail
        What was expected and what came.
    path
        Where it stands, from the root of the problem written as a file.
    """

    code: str
    title: str
    detail: str
    path: tuple[str | int, ...]

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)


TITLES = {
    "malformed": "Not a JSON document",
    "schema": "Not the expected form",
    "end-before-start": "The end is before the start",
    "duration-mismatch": "No window is long enough",
    "id-conflict": "The id is used twice",
    "unknown-event": "There is no such task",
    "unknown-instrument": "There is no such instrument",
    "dependency": "The dependencies contradict each other",
    "conflict": "Pinned tasks contradict each other",
}


def fault(code: str, detail: str, *path: str | int) -> Fault:
    """Make a fault of a known code.

    Parameters
    ----------
    code
        One of the keys of ``TITLES``.
    detail
        What was expected and what came.
    path
        Where it stands.
    """
    return Fault(code=code, title=TITLES[code], detail=detail, path=path)


class ProblemError(ValueError):
    """The problem is malformed or contradicts itself.

    Parameters
    ----------
    faults
        All of them, in the order of the problem.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.pointer or '/'}: {f.detail}" for f in faults[:20]))
        self.faults = faults
