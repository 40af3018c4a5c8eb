"""Every reason that the scheduler can give, with its status, its code and its pointer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from tests.end_to_end.asking import (
    EXTERNAL,
    OPERATOR,
    OWNER,
    PARTNER,
    VIEWER,
    Asker,
    Json,
    changed,
    expect,
    scan,
    static,
)
from tests.end_to_end.nights import DAY, LIDAR, Night, Nights, text

START, END = "/data/attributes/start_time", "/data/attributes/end_time"


def rejected(ask: Asker, night: Night, event: Json, *faults: tuple[str, str]) -> list[Json]:
    """Submit an event that must not be added."""
    document = {"data": event}
    response = ask.send("POST", night, document)
    errors = expect(response, 409, *faults, document=document)
    assert response.json()["meta"] == {"status": "Rejected"}
    assert all(error["status"] == "409" for error in errors)
    expect(ask.get(f"{night.events}/{event['id']}"), 404, ("unknown-event", None))
    return errors


def profile(start: datetime, seconds: float) -> Json:
    """An event of the lidar."""
    return {
        "type": "profile",
        "id": str(uuid4()),
        "attributes": {
            "start_time": text(start),
            "end_time": text(start + timedelta(seconds=seconds)),
            "zenith": "20.000",
            "azimuth": "90.000",
            "mode": "wind",
        },
    }


def in_year(year: str, night: Night) -> Json:
    """An event of 10 s on a January evening."""
    day = f"{year}-01-10T18:00"
    return changed(static(night, 0, 10), start_time=f"{day}:10Z", end_time=f"{day}:20Z")


@pytest.mark.parametrize(
    ("start", "seconds", "pointer"),
    [
        (-0.5, 10, START),
        (-10, 10, START),
        (-3600, 10, START),
        (-5, 200_000 / 5, START),
    ],
)
def test_outside_night_before_dusk(
    ask: Asker, night: Night, start: float, seconds: float, pointer: str
) -> None:
    event = static(night, start, seconds)
    [error] = rejected(ask, night, event, ("outside-night", pointer))
    assert error["meta"] == {
        "night": night.date, "dusk": night.after_dusk(0), "dawn": night.before_dawn(0),
    }  # fmt: skip


@pytest.mark.parametrize(("before_dawn", "seconds"), [(9.999, 10), (0, 10), (-1, 1), (-3600, 600)])
def test_outside_night_after_dawn(
    ask: Asker, night: Night, before_dawn: float, seconds: float
) -> None:
    event = static(night, night.seconds - before_dawn, seconds)
    [error] = rejected(ask, night, event, ("outside-night", END))
    assert error["meta"]["night"] == night.date


def test_outside_night_across_noon(ask: Asker, nights: Nights, night: Night) -> None:
    """S3: an event across noon belongs to the night before it, and leaves that."""
    noon = datetime.combine(date.fromisoformat(night.date), datetime.min.time(), UTC) + DAY / 2
    event = static(night, (noon - night.dusk).total_seconds() - 3600, 7200)
    [error] = rejected(ask, night, event, ("outside-night", END))
    before = date.fromisoformat(night.date) - DAY
    assert error["meta"]["night"] == before.isoformat()


def test_the_whole_night_and_its_edges_are_inside(ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 0, 10))
    last = night.seconds - 10
    ask.add(night, static(night, last, 10))
    whole = night.seconds // 0.5 * 0.5
    meta = ask.add(night, static(night, 0, whole), by=OPERATOR)
    assert len(meta["displaced"]) == 2


def test_no_darkness(ask: Asker, nights: Nights) -> None:
    year = datetime.now(UTC).year + 1
    night = nights.take(LIDAR)
    event = profile(datetime(year, 6, 21, 23, 0, tzinfo=UTC), 600)
    [error] = rejected(ask, night, event, ("no-darkness", START))
    assert error["meta"]["night"] == f"{year}-06-21"
    assert "18" in error["detail"]


def test_in_the_past(ask: Asker, nights: Nights) -> None:
    night = nights.at(datetime.now(UTC).date() - 2 * DAY)
    rejected(ask, night, static(night, 600, 10), ("in-the-past", START))
    # By day of yesterday, and centuries ago: everything that is wrong is said.
    rejected(ask, night, static(night, -60, 10), ("in-the-past", START), ("outside-night", START))
    for year in ("0001", "1850", "1899"):
        times = {
            f"{end}_time": f"{year}-01-10T18:00:{s}Z" for end, s in (("start", 10), ("end", 20))
        }
        rejected(ask, night, changed(static(night, 0, 10), **times), ("in-the-past", START))


def test_outside_limits_too_far_ahead(ask: Asker, nights: Nights) -> None:
    day = (datetime.now(UTC) + timedelta(days=3661)).date()
    night = nights.at(day)
    rejected(ask, night, static(night, 600, 10), ("outside-limits", START))
    night = nights.at(day - 3 * DAY)
    ask.add(night, static(night, 600, 10))
    for year in ("2099", "2100", "9998"):
        times = {
            f"{end}_time": f"{year}-01-10T18:00:{s}Z" for end, s in (("start", 10), ("end", 20))
        }
        rejected(ask, night, changed(static(night, 0, 10), **times), ("outside-limits", START))


def test_conflict_names_the_events_in_the_way(ask: Asker, night: Night) -> None:
    first, second, apart = static(night, 600, 100), static(night, 700, 100), static(night, 900, 50)
    for event in (first, second, apart):
        ask.add(night, event)
    [error] = rejected(ask, night, static(night, 650, 100), ("conflict", START))
    assert sorted(error["meta"]["events"]) == sorted([first["id"], second["id"]])
    [error] = rejected(ask, night, scan(night, 690, 123), ("conflict", START))
    assert sorted(error["meta"]["events"]) == sorted([first["id"], second["id"]])
    [error] = rejected(ask, night, static(night, 890, 40), ("conflict", START))
    assert error["meta"]["events"] == [apart["id"]]


def test_events_may_touch(ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 100))
    ask.add(night, static(night, 700, 100))
    ask.add(night, static(night, 500, 100))


def test_id_conflict(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    other = changed(static(night, 2000, 10), zenith="10.000") | {"id": event["id"]}
    response = ask.send("POST", night, {"data": other})
    expect(response, 409, ("id-conflict", "/data/id"), document={"data": other})
    assert response.json()["meta"] == {"status": "Rejected"}
    assert ask.event(night, event["id"])["attributes"] == event["attributes"]


def test_unknown_event(ask: Asker, night: Night) -> None:
    document = {"data": {"type": "static", "id": str(uuid4())}}
    response = ask.send("DELETE", night, document)
    expect(response, 404, ("unknown-event", "/data/id"), document=document)


def test_not_allowed_to_submit(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    expect(ask.post(night, event, by=VIEWER), 403, ("not-allowed", None))
    # Who may not submit learns nothing of what would be wrong.
    expect(ask.send_raw("POST", night, b"no JSON", by=VIEWER), 403, ("not-allowed", None))
    expect(ask.get(f"{night.events}/{event['id']}"), 404, ("unknown-event", None))


def test_not_allowed_to_remove_what_belongs_to_another(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event, by=PARTNER)
    document = {"data": {"type": "static", "id": event["id"]}}
    for caller in (VIEWER, EXTERNAL, OWNER):
        expect(ask.remove(night, event, by=caller), 403, ("not-allowed", None))
        response = ask.send("DELETE", night, document, by=caller)
        expect(response, 403, ("not-allowed", None))
    assert ask.event(night, event["id"])["meta"]["state"] == "scheduled"
    assert ask.remove(night, event, by=OPERATOR).status_code == 200


def test_remove_with_another_type(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    for wrong in ("scan", "profile", "Static"):
        document = {"data": {"type": wrong, "id": event["id"]}}
        response = ask.send("DELETE", night, document)
        expect(response, 409, ("schema", "/data/type"), document=document)
    document = {"data": {"type": ["static"], "id": event["id"]}}
    expect(ask.send("DELETE", night, document), 400, ("schema", "/data/type"), document=document)
    assert ask.event(night, event["id"])["meta"]["state"] == "scheduled"
