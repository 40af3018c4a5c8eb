"""Reads the fields of JSON objects by type; what does not fit becomes a fault, not an exception."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.kernel.faults import Fault, fault
from scheduler.kernel.validate import integer

Path = tuple[str | int, ...]
KINDS = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}


def kind(value: object) -> str:
    """Name the JSON type of a value.

    Parameters
    ----------
    value
        Any.
    """
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"the number {value!r}"
    return KINDS.get(type(value), "an integer")


def is_list(value: object) -> bool:
    """Whether a value is a JSON list."""
    return isinstance(value, list)


def pair(value: object, path: Path, faults: list[Fault]) -> tuple[int, int]:
    """Read a list of two integers.

    Parameters
    ----------
    value
        What came.
    path
        Where it stands.
    faults
        Where faults go.
    """
    if not isinstance(value, list) or len(value) != 2:
        came = f"a list of {len(value)}" if isinstance(value, list) else kind(value)
        faults.append(fault("schema", f"expected [start, end], got {came}", *path))
        return 0, 0
    wrong = [f for k in (0, 1) for f in whole(value[k], (*path, k))]
    faults += wrong
    return (0, 0) if wrong else (value[0], value[1])


def whole(value: object, path: Path, least: int | None = None) -> list[Fault]:
    """Return the faults of a value that should be an integer.

    Parameters
    ----------
    value, path
        What came and where.
    least
        The smallest allowed.
    """
    if type(value) is not int:
        return [fault("schema", f"expected an integer, got {kind(value)}", *path)]
    return list(integer(value, *path) if least is None else integer(value, *path, least=least))


class Fields:
    """One JSON object.

    Parameters
    ----------
    value
        What came; anything but an object is a fault.
    path
        Where it stands.
    faults
        Where faults go.
    """

    def __init__(self, value: object, path: Path, faults: list[Fault]) -> None:
        self._path, self._faults = path, faults
        self._value: dict[str, object] = value if isinstance(value, dict) else {}
        self._broken = not isinstance(value, dict)
        if self._broken:
            self._faults.append(fault("schema", f"expected an object, got {kind(value)}", *path))

    def path(self, *parts: str | int) -> Path:
        """Return the path of something within."""
        return (*self._path, *parts)

    def wrong(self, detail: str, *parts: str | int) -> None:
        """Note a fault of form."""
        self._faults.append(fault("schema", detail, *self.path(*parts)))

    def expected(self, what: str, value: object, *parts: str | int) -> None:
        """Note a value of the wrong type, or a missing one."""
        if not self._broken:
            self.wrong(f"expected {what}, got {kind(value)}", *parts)

    def only(self, names: Iterable[str]) -> None:
        """Note every field with another name."""
        known = [*names]
        for name in self._value:
            if name not in known:
                self.wrong(f"unknown field; expected one of {', '.join(known)}", name)

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self._value.get(name) is not None

    def get(self, name: str) -> object:
        """Return a field, or ``None``."""
        return self._value.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Read a string."""
        value = self._value.get(name, default)
        if isinstance(value, str) and value:
            return value
        if value == "":
            self.wrong("expected a string that is not empty", name)
        else:
            self.missing("a string", value, name)
        return ""

    def whole(self, value: object, *parts: str | int) -> int:
        """Read an integer that stands somewhere within."""
        wrong = whole(value, self.path(*parts))
        self._faults += wrong
        return value if isinstance(value, int) and not wrong else 0

    def integer(self, name: str, default: int | None = None, least: int | None = None) -> int:
        """Read an integer."""
        value = self._value.get(name, default)
        if value is None and name not in self._value:
            self.missing("an integer", value, name)
            return 1
        wrong = whole(value, self.path(name), least)
        self._faults += wrong
        return value if isinstance(value, int) and not wrong else 1

    def integers(self, value: object, *parts: str | int, least: int | None = None) -> list[int]:
        """Read a list of integers that stands somewhere within."""
        if not isinstance(value, list):
            self.expected("a list of integers", value, *parts)
            return []
        wrong = [f for k, n in enumerate(value) for f in whole(n, self.path(*parts, k), least)]
        self._faults += wrong
        return [] if wrong else value

    def number(self, name: str, default: float) -> float:
        """Read a number."""
        value = self._value.get(name, default)
        if type(value) in {int, float}:
            return value  # type: ignore[return-value]  # by the line above
        self.expected("a number", value, name)
        return default

    def texts(self, name: str, *, needed: bool = False) -> list[str]:
        """Read a list of strings."""
        found = []
        for k, value in enumerate(self.items(name, needed=needed)):
            if isinstance(value, str):
                found.append(value)
            else:
                self.expected("a string", value, name, k)
        return found

    def items(self, name: str, *, needed: bool = False) -> list[object]:
        """Read a list of anything."""
        value = self._value.get(name)
        if isinstance(value, list):
            return value
        if value is not None or needed:
            self.missing("a list", value, name)
        return []

    def entries(self, name: str) -> list[tuple[str, object]]:
        """Read the fields of an object of any names."""
        value = self._value.get(name)
        if isinstance(value, dict):
            return [*value.items()]
        if value is not None:
            self.expected("an object", value, name)
        return []

    def part(self, name: str, *, needed: bool = False) -> Fields | None:
        """Read an object; ``None`` if it is not there."""
        value = self._value.get(name)
        if value is None and not needed:
            return None
        if isinstance(value, dict):
            return Fields(value, self.path(name), self._faults)
        self.missing("an object", value, name)
        return None

    def missing(self, what: str, value: object, name: str) -> None:
        """Note a field that is not there (at its object) or of the wrong type."""
        if self._broken:
            return
        if name in self._value:
            self.expected(what, value, name)
        else:
            self.wrong(f"{name} is missing: expected {what}")
