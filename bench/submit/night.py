"""The night that is measured in: far ahead, empty at first, with room between its events."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.http.client import Answer, ApiClient
from models.instant import format_instant, parse_instant

AHEAD = 30
"""Nights between the current one and the first that is looked at."""

NIGHTS = 300
"""How many nights are looked at."""

_PHOTO = timedelta(milliseconds=500)
_MOST_PHOTOS = 1000
_Json = dict[str, Any]


class Refused(RuntimeError):
    """The server did not do what the benchmark needs; the message says what came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyNight:
    """A night without events.

    Parameters
    ----------
    path
        The path of its instrument.
    date
        Of its dusk.
    dusk, dawn
        Aware UTC.
    """

    path: str
    date: date
    dusk: datetime
    dawn: datetime


def expect(answer: Answer, status: int = 200) -> Answer:
    """The answer, if it has the status.

    Raises
    ------
    Refused
        It has another.
    """
    if answer.status != status:
        raise Refused(f"expected status {status}, got {answer.status}: {answer.document}")
    return answer


def find_empty_night(api: ApiClient, needed: timedelta) -> EmptyNight:
    """An empty night at least so long, of the first instrument that takes ``static``.

    Raises
    ------
    Refused
        There is none.
    """
    path = _instrument_path(api)
    current = date.fromisoformat(_schedule(api, path, None)["meta"]["night"])
    for ahead in range(AHEAD, AHEAD + NIGHTS):
        document = _schedule(api, path, current + timedelta(days=ahead))
        meta = document["meta"]
        empty = all(block.get("meta", {}).get("filler") for block in document["data"])
        if not (empty and meta["dark"]):
            continue
        dusk, dawn = parse_instant(meta["dusk"]), parse_instant(meta["dawn"])
        if dawn - dusk >= needed:
            return EmptyNight(
                path=path, date=date.fromisoformat(meta["night"]), dusk=dusk, dawn=dawn
            )
    raise Refused(f"no empty night from {AHEAD} to {AHEAD + NIGHTS} nights ahead")


def _instrument_path(api: ApiClient) -> str:
    document = expect(api.send("GET", "/v1/instrument")).document or {}
    for resource in document["data"]:
        if any(kind["type"] == "static" for kind in resource["attributes"]["event_types"]):
            return f"/v1/instrument/{resource['id']}"
    raise Refused("no instrument takes events of the type static")


def _schedule(api: ApiClient, path: str, night: date | None) -> Mapping[str, Any]:
    query = {} if night is None else {"filter[night]": night.isoformat()}
    return expect(api.send("GET", f"{path}/schedule", query=query)).document or {}


def requests(
    night: EmptyNight, resident: int, dice: random.Random
) -> tuple[list[_Json], Iterator[_Json]]:
    """The events that fill a night half, and without end others that fit between them.

    Parameters
    ----------
    night
        Where they lie.
    resident
        How many stay.
    dice
        Chance; the same dice throw the same events.
    """
    slots = 2 * resident + 1
    width = (night.dawn - night.dusk) / slots
    stay = [_event(night, width, slot, dice) for slot in range(1, slots, 2)]

    def others() -> Iterator[_Json]:
        while True:
            yield _event(night, width, dice.randrange(0, slots, 2), dice)

    return stay, others()


def _event(night: EmptyNight, width: timedelta, slot: int, dice: random.Random) -> _Json:
    """One static event somewhere in one slot."""
    begin = night.dusk + slot * width
    photos = dice.randint(1, min(_MOST_PHOTOS, max(1, width // _PHOTO - 1)))
    slack = (width - photos * _PHOTO) // timedelta(milliseconds=1)
    start = begin + timedelta(milliseconds=dice.randint(1, max(1, slack - 1)))
    return {
        "data": {
            "type": "static",
            "id": str(UUID(int=dice.getrandbits(128), version=4)),
            "attributes": {
                "start_time": format_instant(start),
                "end_time": format_instant(parse_instant(format_instant(start)) + photos * _PHOTO),
                "zenith": f"{dice.randint(0, 70_000) / 1000:.3f}",
                "azimuth": f"{dice.randint(0, 359_999) / 1000:.3f}",
                "number_of_photos": photos,
            },
        }
    }
