"""A served plan, and what its instrument's declaration says of time; milliseconds throughout."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.asking import Json
from tests.end_to_end.nights import LIDAR, OBERPFAFFENHOFEN, OTLICA
from tests.end_to_end.week.wish import milliseconds

_LIKE_FAIM = {OBERPFAFFENHOFEN, OTLICA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an instrument needs in time.

    Parameters
    ----------
    warm_up
        After dusk, before anything.
    filler, filler_own
        How long a filler takes, and its own attributes.
    setup
        The time between an event with the first attributes and one with the second.
    """

    warm_up: int
    filler: int
    filler_own: Json
    setup: Callable[[Json, Json], int]


def _turn_at_once(before: Json, after: Json) -> int:
    """FAIM needs no time between two events."""
    return 0


def _turn_lidar(before: Json, after: Json) -> int:
    """2 degrees a second on the slower axis, in whole seconds, and 120 s for another mode."""
    around = abs(_thousandths(before["azimuth"]) - _thousandths(after["azimuth"])) % 360_000
    way = max(
        abs(_thousandths(before["zenith"]) - _thousandths(after["zenith"])),
        min(around, 360_000 - around),
    )
    seconds = math.ceil(way / 2000) + (120 if before["mode"] != after["mode"] else 0)
    return seconds * 1000


def _thousandths(angle: str) -> int:
    return round(float(angle) * 1000)


FAIM = Rules(warm_up=0, filler=123_000, filler_own={}, setup=_turn_at_once)
LIDAR_RULES = Rules(
    warm_up=1_200_000,
    filler=600_000,
    filler_own={"zenith": "0.000", "azimuth": "0.000", "mode": "temperature"},
    setup=_turn_lidar,
)


def rules_of(place: str) -> Rules:
    """The rules of an instrument; every one that is no FAIM here is like the lidar."""
    return FAIM if place in _LIKE_FAIM else LIDAR_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A span of a plan."""

    id: str
    type: str
    start: int
    end: int
    own: Json
    filler: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan as it was served."""

    place: str
    night: str
    dusk: int
    dawn: int
    revision: int
    meta: Json
    blocks: tuple[Block, ...]

    @property
    def requested(self) -> list[Block]:
        """What somebody asked for."""
        return [block for block in self.blocks if not block.filler]

    @property
    def starts(self) -> dict[str, int]:
        """When each requested event starts."""
        return {block.id: block.start for block in self.requested}


def read_plan(document: Json) -> Plan:
    """The plan that a document of the schedule holds."""
    meta = document["meta"]
    return Plan(
        place=meta["instrument"],
        night=meta["night"],
        dusk=milliseconds(meta["dusk"]),
        dawn=milliseconds(meta["dawn"]),
        revision=meta["revision"],
        meta=meta,
        blocks=tuple(_read_block(entry) for entry in document["data"]),
    )


def _read_block(entry: dict[str, Any]) -> Block:
    attributes = entry["attributes"]
    return Block(
        id=entry["id"],
        type=entry["type"],
        start=milliseconds(attributes["start_time"]),
        end=milliseconds(attributes["end_time"]),
        own={k: v for k, v in attributes.items() if k not in {"start_time", "end_time"}},
        filler=entry["meta"]["filler"],
    )


__all__ = ["LIDAR", "Block", "Plan", "Rules", "read_plan", "rules_of"]
