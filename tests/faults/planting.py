"""Planting: putting a function in the place of a product's own."""

from __future__ import annotations

from typing import Any


def original(owner: object, name: str) -> Any:
    """What stands there now, to be called by what takes its place."""
    return getattr(owner, name)


def plant(owner: object, name: str, new: object) -> None:
    """Put a function into a class or a module.

    Raises
    ------
    AttributeError
        There is none with this name: the product has changed, and the bug must follow.
    """
    getattr(owner, name)
    setattr(owner, name, new)
