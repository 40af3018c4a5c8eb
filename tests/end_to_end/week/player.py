"""The player: carries out one step after the other over HTTP, and looks at all that it changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import httpx

from tests.end_to_end.asking import OPERATOR, VIEWER, Asker, Json
from tests.end_to_end.nights import LIDAR, OBERPFAFFENHOFEN, OTLICA, Night
from tests.end_to_end.v2 import asking as second
from tests.end_to_end.week import checker
from tests.end_to_end.week.book import Book
from tests.end_to_end.week.plan import Plan, read_plan
from tests.end_to_end.week.wish import Wish, milliseconds

PLANNED_TOGETHER = {
    OBERPFAFFENHOFEN: (OBERPFAFFENHOFEN, OTLICA),
    OTLICA: (OBERPFAFFENHOFEN, OTLICA),
    LIDAR: (LIDAR,),
}

WITNESSED = 40
"""One of so many plans is held against the description: that takes long."""


class Player:
    """Plays the week.

    Parameters
    ----------
    ask
        The API.
    week
        The nights of each instrument.
    """

    def __init__(self, ask: Asker, week: dict[str, list[Night]]) -> None:
        self.ask = ask
        self.week = week
        self.book = Book()
        self.nights = {
            (place, night.date): night for place, nights in week.items() for night in nights
        }
        self.served: dict[tuple[str, str, int], tuple[Any, ...]] = {}
        self.counts: Counter[str] = Counter()
        self.answers: list[str] = []
        self.plain = httpx.Client(
            base_url=ask.url, trust_env=False, timeout=15.0, headers={"X-API-Key": VIEWER}
        )
        self._starts: dict[tuple[str, str], dict[str, int]] = {}

    def close_clients(self) -> None:
        """Let go of all connections."""
        self.plain.close()

    def night_of(self, wish: Wish) -> Night:
        """The night that a wish is about."""
        return self.nights[wish.place, wish.night]

    def submit(self, wish: Wish, *, version: int = 2, ask_first: bool = True) -> str:
        """Ask for an event, and whether that would do before; gives ``added`` and so on."""
        night = self.night_of(wish)
        document = wish.document() if version == 2 else wish.plain_document()
        told = None
        if ask_first:
            told = second.feasibility(self.ask, night, document, by=wish.by)
            self.counts["feasibility"] += 1
        if version == 2:
            response = second.post(self.ask, night, document, by=wish.by)
        else:
            response = self.ask.post(night, document, by=wish.by)
        status = self._status(response, wish)
        self._note(response, wish)
        meta = response.json()["meta"]
        self.counts[f"version {version} {status}"] += 1
        if told is not None:
            self._compare(told, status, response, version)
        if status == "rejected":
            self.look(night)
            return status
        self.book.decided(wish, "scheduled" if status == "added" else "waiting", meta)
        self.look(night, new=wish, meta=meta, version=version)
        return status

    def _note(self, response: httpx.Response, wish: Wish) -> None:
        """Keep what was asked and answered, for whoever reads a failure."""
        request = response.request
        self.answers.append(
            f"{request.method} {request.url.path} {wish}\n"
            f"    {response.status_code} {response.text}"
        )

    def _status(self, response: httpx.Response, wish: Wish) -> str:
        answer = response.json()
        if response.status_code == 409:
            return "rejected"
        assert response.status_code in {200, 201}, response.text
        status: str = answer["meta"]["status"].lower()
        assert status in {"added", "waiting"}
        assert status == "added" or wish.waits
        assert answer["data"]["id"] == wish.id
        return status

    def _compare(self, told: Json, status: str, response: httpx.Response, version: int) -> None:
        """What was told beforehand is what came."""
        assert told["accepted"] == (status == "added"), (told, response.text)
        assert told["waits"] == (status == "waiting"), (told, response.text)
        answer = response.json()
        if status == "rejected":
            error = answer["errors"][0]
            assert told["reason"] == error["code"], (told, error)
            assert told["events"] == error.get("meta", {}).get("events", []), (told, error)
            return
        meta = answer["meta"]
        assert sorted(told["displaces"]) == sorted(meta["displaced"]), (told, meta)
        assert sorted(told["schedules"]) == sorted(meta["scheduled"]), (told, meta)
        if version == 1:
            return
        assert sorted(told["moves"]) == sorted(meta["moved"]), (told, meta)
        attributes = answer["data"]["attributes"]
        if status == "added":
            assert told["start_time"] == attributes["start_time"]
            assert told["end_time"] == attributes["end_time"]
        else:
            assert told["reason"] == answer["data"]["meta"]["reasons"][0]["code"]

    def remove(self, wish: Wish, *, by: str | None = None, version: int = 2) -> None:
        """Take a wish back, by its owner unless somebody is named."""
        night = self.night_of(wish)
        who = by or wish.by
        if version == 2:
            response = second.remove(self.ask, night, {"id": wish.id}, by=who)
        else:
            response = self.ask.remove(night, wish.id, by=who)
        assert response.status_code == 200, response.text
        self._note(response, wish)
        meta = response.json()["meta"]
        self.counts["removed"] += 1
        self.book.decided(wish, "deleted", meta)
        self.look(night, meta=meta, version=version)

    def change(self, wish: Wish, *, by: str | None = None, **otherwise: Any) -> bool:
        """Ask for a wish otherwise, perhaps in another night; whether that was accepted."""
        new = replace(wish, **otherwise)
        attributes = new.document()["attributes"]
        if wish.after is not None and new.after is None:
            attributes["after"] = None
        before = self.night_of(wish)
        response = second.change(
            self.ask, before, {"type": wish.type, "id": wish.id}, by=by or wish.by, **attributes
        )
        self._note(response, new)
        if response.status_code == 409:
            self.counts["change rejected"] += 1
            self.look(before)
            return False
        assert response.status_code == 200, response.text
        answer = response.json()
        meta = answer["meta"]
        state = answer["data"]["attributes"]["state"]
        assert (state, meta["status"]) in {("scheduled", "changed"), ("waiting", "waiting")}
        across = before.date != new.night
        self.counts["changed, another night" if across else "changed"] += 1
        self.book.decided(new, state, meta)
        nights = [before, self.night_of(new)] if across else [before]
        self.look(*nights, new=new, meta=meta)
        return True

    def plan(self, place: str, night: str) -> Plan:
        """The plan that is served, remembered by its revision."""
        path = self._schedule(place, night)
        response = self.plain.get(path)
        if len(self.served) % WITNESSED == 0:
            self.ask.get(path, by=VIEWER)
        assert response.status_code == 200, response.text
        found = read_plan(response.json())
        key = (place, night, found.revision)
        seen = _facts(found)
        assert self.served.setdefault(key, seen) == seen, f"another plan has the name {key}"
        return found

    def old_plan(self, place: str, night: str, revision: int) -> tuple[Any, ...]:
        """What is served of a revision."""
        response = self.plain.get(
            self._schedule(place, night), params={"filter[revision]": revision}
        )
        assert response.status_code == 200, response.text
        return _facts(read_plan(response.json()))

    def _schedule(self, place: str, night: str) -> str:
        return f"{second.base(self.nights[place, night])}/nights/{night}/schedule"

    def look(
        self, *nights: Night, new: Wish | None = None, meta: Json | None = None, version: int = 2
    ) -> None:
        """Check what is served of nights, on all instruments that are planned together.

        And whether what moved is what the answer to a request, if given, said of others.
        """
        faults: list[str] = []
        moved: set[str] = set()
        for night in nights:
            faults += self._look(night, moved)
        if meta is not None and version == 2:
            if new is not None:
                moved.discard(new.id)
            if set(meta["moved"]) != moved:
                faults.append(f"moved are {moved}, told was {meta['moved']}")
        assert not faults, "\n".join([*faults, *self.answers[-3:]])

    def _look(self, night: Night, moved: set[str]) -> list[str]:
        """What is wrong with a night's plans; adds what moved since it was looked at before."""
        place = night.instrument.rpartition("/")[2]
        plans = {
            other: self.plan(other, night.date)
            for other in PLANNED_TOGETHER[place]
            if (other, night.date) in self.nights
        }
        faults: list[str] = []
        wanted: dict[str, Wish] = {}
        named = self.book.named()
        closed = {other: self.book.closures(other) for other in plans}
        for other, plan in plans.items():
            own = self.book.wanted(other, night.date)
            wanted |= own
            faults += checker.faults_of(plan, own, closed[other], named)
            was = self._starts.get((other, night.date), {})
            moved |= {name for name, at in plan.starts.items() if was.get(name, at) != at}
            self._starts[other, night.date] = plan.starts
        self.counts["plans checked"] += len(plans)
        return faults + checker.ties(plans, wanted, closed)

    def look_everywhere(self, meta: Json | None = None) -> None:
        """Check every plan of the week."""
        nights = [night for place in (OBERPFAFFENHOFEN, LIDAR) for night in self.week[place]]
        self.look(*nights, meta=meta)

    def close(self, place: str, begin: str, end: str) -> str:
        """Close an instrument for maintenance; gives its id."""
        path = f"{second.base(self.week[place][0])}/maintenance"
        attributes = {"start_time": begin, "end_time": end, "note": "new mirror"}
        document = {"data": {"type": "maintenance", "attributes": attributes}}
        response = second.send(self.ask, "POST", path, document, by=OPERATOR)
        assert response.status_code == 201, response.text
        answer = response.json()
        name: str = answer["data"]["id"]
        self.book.closed[name] = (place, milliseconds(begin), milliseconds(end))
        self.book.decided(None, "", answer["meta"])
        self.look_everywhere(answer["meta"])
        return name

    def reopen(self, name: str) -> Json:
        """End a maintenance; gives the answer's ``meta``."""
        place, _, _ = self.book.closed.pop(name)
        path = f"{second.base(self.week[place][0])}/maintenance/{name}"
        response = self.ask.request("DELETE", path, by=OPERATOR)
        assert response.status_code == 200, response.text
        meta: Json = response.json()["meta"]
        self.book.decided(None, "", meta)
        self.look_everywhere(meta)
        return meta


def _facts(plan: Plan) -> tuple[Any, ...]:
    """What a revision of a plan never loses."""
    return plan.blocks, plan.dusk, plan.dawn, plan.meta["planned_at"]
