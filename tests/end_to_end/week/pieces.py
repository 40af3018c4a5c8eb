"""Set pieces: what the story might leave to chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from tests.end_to_end.asking import (
    EXTERNAL,
    OPERATOR,
    OWNER,
    PARTNER,
    VIEWER,
    Asker,
    Json,
    expect,
)
from tests.end_to_end.nights import LIDAR, OBERPFAFFENHOFEN, OTLICA, Night
from tests.end_to_end.system import wait_for
from tests.end_to_end.v2 import asking as second
from tests.end_to_end.week.observatory import FROZEN, LENGTH
from tests.end_to_end.week.player import Player
from tests.end_to_end.week.story import Story
from tests.end_to_end.week.wish import Wish, instant, milliseconds


def frozen_night(ask: Asker) -> None:
    """The plan that was handed out stays; another night is open."""
    path = f"/v1/instrument/{FROZEN}"

    def coming() -> Json:
        found: Json = ask.get(f"{path}/schedule").json()
        return found

    wait_for(lambda: coming()["meta"]["revision"] > 0, 20, "the coming night is planned")
    before = coming()
    dusk = before["meta"]["dusk"]
    for day, status in ((0, 409), (3, 201)):
        begin = milliseconds(dusk) + (5000 + day * 86_400) * 1000
        attributes = {"start_time": instant(begin), "end_time": instant(begin + 600_000),
                      "zenith": "10.000", "azimuth": "0.000", "mode": "wind"}  # fmt: skip
        document = {"data": {"type": "profile", "id": str(uuid4()), "attributes": attributes}}
        base = f"/v2/instruments/{FROZEN}"
        told = second.send(ask, "POST", f"{base}/feasibility", document).json()["data"]
        assert told["attributes"]["accepted"] == (status == 201), told
        answer = second.send(ask, "POST", f"{base}/events", document)
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.json()["errors"][0]["code"] == "night-frozen"
            assert told["attributes"]["reason"] == "night-frozen"
            old = second.send(ask, "POST", f"{path}/event", document)
            assert old.json()["errors"][0]["code"] == "night-frozen"
    assert coming() == before


def who_waits_comes_in(player: Player, story: Story) -> None:
    """A stronger wish displaces, a weak one waits; both come in when there is room."""
    night = player.week[OTLICA][0]
    begin = milliseconds(night.dusk) + 10_000_000
    first = _static(story, OTLICA, night, begin, by=PARTNER)
    weak = replace(first, id=story.new_id(), by=EXTERNAL, priority=1, waits=True, states=[])
    strong = replace(first, id=story.new_id(), by=OPERATOR, priority=5, states=[])
    assert player.submit(replace(first, priority=3), version=1) == "added"
    assert player.submit(strong) == "added"
    assert player.submit(weak) == "waiting"
    displaced = player.book.wishes[first.id]
    assert displaced.state == "displaced"
    told = second.explanation(player.ask, night, {"id": weak.id}, by=VIEWER)
    assert (told["reason"], told["events"]) == ("conflict", [strong.id])
    player.remove(player.book.wishes[strong.id])
    assert displaced.states == ["scheduled", "displaced", "scheduled"]
    player.remove(displaced, by=OPERATOR, version=1)
    assert weak.states == ["waiting", "scheduled"]


def a_change_makes_room(player: Player, story: Story) -> None:
    """Who goes to another night leaves room for who waits in the one before."""
    night, other = player.week[OTLICA][4:6]
    begin = milliseconds(night.dusk) + 10_000_000
    first = replace(_static(story, OTLICA, night, begin, by=OWNER), priority=4)
    weak = replace(first, id=story.new_id(), by=EXTERNAL, priority=1, waits=True, states=[])
    assert player.submit(first) == "added"
    assert player.submit(weak) == "waiting"
    start = milliseconds(other.dusk) + 10_000_000
    window = (start, start + first.duration, 0)
    assert player.change(first, windows=(window,), night=other.date)
    assert weak.states == ["waiting", "scheduled"]


def refused_things(player: Player, story: Story) -> None:
    """What nobody may do changes nothing."""
    night = player.week[OBERPFAFFENHOFEN][1]
    ask = player.ask
    mine = _static(story, OBERPFAFFENHOFEN, night, milliseconds(night.dusk) + 10_000_000, by=OWNER)
    assert player.submit(mine) == "added"
    high = replace(mine, id=story.new_id(), by=EXTERNAL, priority=3, states=[])
    expect(second.post(ask, night, high.document(), by=EXTERNAL), 403,
           ("priority-not-allowed", "/data/attributes/priority"))  # fmt: skip
    for other in (PARTNER, EXTERNAL):
        expect(second.remove(ask, night, {"id": mine.id}, by=other), 403, ("not-allowed", None))
        expect(ask.remove(night, mine.id, by=other), 403, ("not-allowed", None))
        change = second.change(ask, night, mine.document(), by=other, zenith="1.000")
        expect(change, 403, ("not-allowed", None))
    viewed = replace(mine, id=story.new_id(), states=[])
    expect(second.post(ask, night, viewed.document(), by=VIEWER), 403, ("not-allowed", None))
    document = {"data": {"type": "maintenance", "attributes": {
        "start_time": night.after_dusk(0), "end_time": night.after_dusk(100)}}}  # fmt: skip
    path = f"{second.base(night)}/maintenance"
    assert second.send(ask, "POST", path, document, by=OWNER).status_code == 403
    player.look(night)


def maintenance(player: Player, story: Story) -> None:
    """A FAIM is closed from one night's busy hours to the next one's, and open again."""
    first, last = player.week[OBERPFAFFENHOFEN][2:4]
    for night, seconds in ((first, 10_000), (last, 600)):
        begin = milliseconds(night.dusk) + seconds * 1000
        wish = replace(_static(story, OBERPFAFFENHOFEN, night, begin, by=PARTNER), priority=3)
        assert player.submit(wish, version=1 if night is last else 2) == "added"
    before, returned = player.book.displacements, player.book.returns
    name = player.close(OBERPFAFFENHOFEN, first.after_dusk(3000), last.after_dusk(4000))
    assert player.book.displacements >= before + 2
    waiting = [w for w in player.book.active("displaced") if w.place == OBERPFAFFENHOFEN]
    assert waiting
    player.reopen(name)
    assert player.book.returns >= returned + 2
    assert any(wish.state == "scheduled" for wish in waiting)


def series(player: Player, story: Story) -> str:
    """Pictures every night of the week, asked for once."""
    night = player.week[OTLICA][0]
    one = _static(story, OTLICA, night, milliseconds(night.dusk) + 3_600_000, by=PARTNER)
    name = story.new_id()
    attributes = {key: v for key, v in one.document()["attributes"].items() if key != "on_conflict"}
    event = {"type": one.type, "attributes": attributes}
    rule = f"FREQ=DAILY;COUNT={LENGTH}"
    document = {
        "data": {"type": "series", "id": name, "attributes": {"rule": rule, "event": event}}
    }
    path = f"{second.base(night)}/series"
    response = second.send(player.ask, "POST", path, document, by=PARTNER)
    assert response.status_code == 201, response.text
    wait_for(lambda: len(_children(player, night, name)) == LENGTH, 20, "the series has events")
    children = []
    for found in _children(player, night, name):
        own, at = found["attributes"], found["attributes"]["start_time"]
        begin = milliseconds(at)
        wish = replace(
            one, id=found["id"], night=own["night"], windows=((begin, begin + one.duration, 0),),
            waits=True, states=[],
        )  # fmt: skip
        player.book.wishes[wish.id] = wish
        children.append(wish)
    learn(player, children)
    assert {wish.state for wish in children} == {"scheduled"}
    player.look_everywhere()
    return name


def end_of_series(player: Player, name: str) -> None:
    """The series is ended as one; what waited for its events' times comes in."""
    night = player.week[OTLICA][0]
    left = [w.id for w in player.book.active() if w.id in _names(_children(player, night, name))]
    response = player.ask.request("DELETE", f"{second.base(night)}/series/{name}", by=PARTNER)
    assert response.status_code == 200, response.text

    def over() -> bool:
        return all(second.state(player.ask, night, child) == "deleted" for child in left)

    wait_for(over, 20, "the series' events are taken back")
    learn(player, player.book.active())
    player.look_everywhere()


def learn(player: Player, wishes: list[Wish]) -> None:
    """Enter what became of wishes without an answer that says so: commands of a series."""
    player.book.enter(
        [(wish, state) for wish in wishes for state in history(player, wish)[len(wish.states) :]]
    )


def history(player: Player, wish: Wish) -> list[str]:
    """The states that a wish's history has."""
    found = second.read(player.ask, player.night_of(wish), wish.id)
    states = [step["state"] for step in found["meta"]["history"]]
    assert states[-1] == found["attributes"]["state"]
    assert all(step["cause"] and step["by"] for step in found["meta"]["history"])
    return states


def _children(player: Player, night: Night, name: str) -> list[Json]:
    query = {"filter[series]": name, "page[size]": "50"}
    response = player.ask.get(second.events(night), params=query)
    assert response.status_code == 200, response.text
    found: list[Json] = response.json()["data"]
    return found


def _names(found: list[Json]) -> set[str]:
    return {each["id"] for each in found}


def _static(story: Story, place: str, night: Night, begin: int, *, by: str) -> Wish:
    """Five minutes of pictures at a certain time."""
    assert place != LIDAR
    seconds = timedelta(minutes=5).total_seconds()
    own = {"zenith": "30.000", "azimuth": "90.000", "number_of_photos": round(seconds * 2)}
    end = begin + round(seconds * 1000)
    return replace(
        story.wish(place, night), by=by, priority=2, waits=False, type="static", own=own,
        duration=end - begin, windows=((begin, end, 0),),
    )  # fmt: skip
