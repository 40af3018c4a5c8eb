"""Measure: one request after the other, on an idle system."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from adapters.http.client import Answer, ApiClient
from bench.submit.night import EmptyNight, expect, find_empty_night, requests

WARM_UP = 20
"""Most requests of every kind that are sent before the clock runs."""

DOWNLOADS = 200
"""Most schedules that are downloaded with 200, and again with 304."""

WITHIN = {"count": "queue", "solve": "decide"}
"""Stages that are part of others: they do not count again."""

_STAGE = re.compile(r"([a-z_-]+);dur=([0-9.eE+-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was measured, in milliseconds.

    Parameters
    ----------
    night
        The night in which it happened.
    resident
        Events in it all the time.
    posts, deletes
        One entry for each request.
    stages
        What the server said of each POST, by stage; ``rest`` is what it did not say.
    downloads, unchanged
        Schedules answered with 200, and with 304.
    """

    night: date
    resident: int
    posts: list[float] = field(default_factory=list)
    deletes: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)
    downloads: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)


def measure(api: ApiClient, *, count: int, resident: int, seed: int) -> Measured:
    """Fill a night half, then add and delete one event so many times; in the end delete all.

    Parameters
    ----------
    api
        The server.
    count
        Requests measured.
    resident
        Events in the night all the time.
    seed
        Decides about the events.

    Raises
    ------
    bench.submit.night.Refused
        An answer was not 200 (or, for an unchanged schedule, 304).
    """
    night = find_empty_night(api, timedelta(hours=4))
    found = Measured(night=night.date, resident=resident)
    stay, others = requests(night, resident, random.Random(seed))
    added = []
    try:
        for document in stay:
            expect(api.send("POST", f"{night.path}/event", body=document))
            added.append(document)
        for number in range(-min(WARM_UP, count), count):
            document = next(others)
            answer, posted = _timed(partial(api.send, "POST", f"{night.path}/event", body=document))
            expect(answer)
            deleted = _delete(api, night, document)
            if number >= 0:
                found.posts.append(posted)
                found.deletes.append(deleted)
                _note_stages(found.stages, answer.headers.get("server-timing", ""), posted)
        _download(api, night, found, min(DOWNLOADS, count))
    finally:
        for document in added:
            _delete(api, night, document)
    return found


def _delete(api: ApiClient, night: EmptyNight, document: Mapping[str, Any]) -> float:
    path = f"{night.path}/event/{document['data']['id']}"
    answer, took = _timed(partial(api.send, "DELETE", path))
    expect(answer)
    return took


def _download(api: ApiClient, night: EmptyNight, found: Measured, count: int) -> None:
    ask = partial(
        api.send, "GET", f"{night.path}/schedule", query={"filter[night]": night.date.isoformat()}
    )
    for number in range(-min(WARM_UP, count), count):
        answer, took = _timed(ask)
        known = {"If-None-Match": expect(answer).headers.get("etag", "")}
        same, took_unchanged = _timed(partial(ask, headers=known))
        expect(same, 304)
        if number >= 0:
            found.downloads.append(took)
            found.unchanged.append(took_unchanged)


def _note_stages(stages: dict[str, list[float]], header: str, total: float) -> None:
    """Write down the stages that a ``Server-Timing`` header names, and the rest."""
    said = {name: float(value) for name, value in _STAGE.findall(header)}
    apart = sum(value for name, value in said.items() if name not in WITHIN)
    for name, value in {**said, "rest": max(0.0, total - apart)}.items():
        stages.setdefault(name, []).append(value)


def _timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    begin = perf_counter()
    answer = ask()
    return answer, (perf_counter() - begin) * 1000
