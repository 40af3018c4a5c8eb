"""Reads: schedules with their fillers, lists of events, query parameters, conditions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from tests.end_to_end.asking import VIEWER, Asker, Json, expect, scan, static
from tests.end_to_end.nights import DAY, LIDAR, OBERPFAFFENHOFEN, Night, Nights, text

BASE = f"/v1/instrument/{OBERPFAFFENHOFEN}"


def starts_and_ends(blocks: list[Json]) -> list[tuple[datetime, datetime]]:
    """When blocks run."""
    names = ("start_time", "end_time")
    return [
        tuple(datetime.fromisoformat(block["attributes"][name]) for name in names)  # type: ignore[misc]
        for block in blocks
    ]


def check_filled(blocks: list[Json], dusk: datetime, dawn: datetime) -> None:
    """In order, without overlap, from dusk to dawn, and no gap of 123 s or more."""
    spans = starts_and_ends(blocks)
    edges = [(dusk, dusk), *spans, (dawn, dawn)]
    for (_, end), (start, _) in pairwise(edges):
        assert timedelta(0) <= start - end < timedelta(seconds=123)
    for block, (start, end) in zip(blocks, spans, strict=True):
        assert isinstance(block["meta"]["filler"], bool)
        if block["meta"]["filler"]:
            assert block["type"] == "scan"
            assert end - start == timedelta(seconds=123)
            assert UUID(block["id"]).version == 4


def test_a_schedule_is_filled(ask: Asker, night: Night) -> None:
    events = [
        static(night, 0, 10), static(night, 100, 10), static(night, 5000, 122.5),
        scan(night, 7000.25), static(night, night.seconds - 20, 10),
    ]  # fmt: skip
    for event in events:
        ask.add(night, event)
    schedule = ask.schedule(night)
    blocks, meta = schedule["data"], schedule["meta"]
    check_filled(blocks, night.dusk, night.dawn)
    requested = [block for block in blocks if not block["meta"]["filler"]]
    assert [block["id"] for block in requested] == [event["id"] for event in events]
    assert [block["attributes"] for block in requested] == [event["attributes"] for event in events]
    assert meta["instrument"] == OBERPFAFFENHOFEN
    assert meta["night"] == night.date
    assert meta["dark"] is True
    assert meta["revision"] == 5
    assert meta["requested_seconds"] == 10 + 10 + 122.5 + 123 + 10
    assert meta["filled_seconds"] == 123 * (len(blocks) - 5)
    total = meta["requested_seconds"] + meta["filled_seconds"] + meta["idle_seconds"]
    assert total == pytest.approx(night.seconds, abs=0.001)


def test_fillers_are_no_events(ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 10))
    filler = next(block for block in ask.schedule(night)["data"] if block["meta"]["filler"])
    assert "links" not in filler
    expect(ask.get(f"{night.events}/{filler['id']}"), 404, ("unknown-event", None))
    expect(ask.remove(night, filler["id"]), 404, ("unknown-event", None))
    span = {"filter[from]": night.after_dusk(0), "filter[to]": night.before_dawn(0)}
    assert len(ask.get(night.events, params=span).json()["data"]) == 1


def test_the_current_night(ask: Asker, nights: Nights) -> None:
    """A2: the night in progress, else the next; planned and filled before anybody asks."""
    now = datetime.now(UTC)
    found = ask.get(f"{BASE}/schedule", by=VIEWER).json()
    meta = found["meta"]
    dusk, dawn = (datetime.fromisoformat(meta[name]) for name in ("dusk", "dawn"))
    assert dawn > now
    before = nights.at(date.fromisoformat(meta["night"]) - DAY)
    assert before.dawn <= datetime.now(UTC)
    assert meta["revision"] >= 1
    check_filled(found["data"], dusk, dawn)
    same = ask.get(f"{BASE}/schedule", params={"filter[night]": meta["night"]}).json()
    assert same == found


def test_an_instrument_may_be_named(ask: Asker, night: Night) -> None:
    params = {"filter[night]": night.date}
    by_name = ask.get("/v1/instrument/faim_oberpfaffenhofen/schedule", params=params)
    assert by_name.json() == ask.schedule(night)


def test_a_night_without_darkness_says_so(ask: Asker) -> None:
    params = {"filter[night]": f"{datetime.now(UTC).year + 1}-06-21"}
    found = ask.get(f"/v1/instrument/{LIDAR}/schedule", params=params).json()
    assert found["data"] == []
    meta = found["meta"]
    assert (meta["dark"], meta["dusk"], meta["dawn"]) == (False, None, None)
    assert (meta["requested_seconds"], meta["filled_seconds"], meta["idle_seconds"]) == (0, 0, 0)


def test_lists_of_events_by_time(ask: Asker, night: Night) -> None:
    events = [static(night, start, 10) for start in (600, 700, 800)]
    for event in reversed(events):
        ask.add(night, event)
    ids = [event["id"] for event in events]

    def listed(start: str, end: str) -> list[str]:
        params = {"filter[from]": start, "filter[to]": end}
        response = ask.get(night.events, params=params)
        assert response.status_code == 200
        return [entry["id"] for entry in response.json()["data"]]

    assert listed(night.after_dusk(0), night.before_dawn(0)) == ids
    # What ends at the first instant or begins at the last is not in between.
    assert listed(night.after_dusk(610), night.after_dusk(800)) == ids[1:2]
    assert listed(night.after_dusk(609.999), night.after_dusk(800.001)) == ids
    assert listed(night.after_dusk(650), night.after_dusk(650)) == []
    dates = listed(night.date, text(night.dusk + 2 * DAY)[:10])
    assert [identifier for identifier in dates if identifier in ids] == ids
    everything = {entry["id"] for entry in ask.get(night.events).json()["data"]}
    assert set(ids) <= everything
    first = ask.get(night.events, params={"filter[to]": night.after_dusk(605)}).json()["data"]
    assert ids[0] in {entry["id"] for entry in first}
    assert ids[1] not in {entry["id"] for entry in first}


def test_an_event_as_stored(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    found = ask.event(night, event["id"])
    assert found["type"] == "static"
    assert found["attributes"] == event["attributes"]
    assert found["meta"]["state"] == "scheduled"
    assert found["meta"]["night"] == night.date
    [step] = found["meta"]["history"]
    assert set(step) >= {"state", "time", "cause"}


@pytest.mark.parametrize(
    ("path", "query", "parameters"),
    [
        ("/v1/instrument", "page[size]=1", ["page[size]"]),
        ("/v1/instrument", "a=1&b=2&a=3", ["a", "b", "a"]),
        (f"{BASE}/schedule", "night=2027-01-10", ["night"]),
        (f"{BASE}/schedule", "filter[Night]=2027-01-10", ["filter[Night]"]),
        (f"{BASE}/schedule", "filter[night]=", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=today", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=2027-02-30", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=2027-1-10", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=20270110", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=2027-01-10T00:00:00Z", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=1899-12-31", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=2100-01-01", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=9999-12-31", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=0000-01-01", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=2027-01-10%00", ["filter[night]"]),
        (f"{BASE}/schedule", "filter[night]=%D9%A2027-01-10", ["filter[night]"]),
        (
            f"{BASE}/schedule", "filter[night]=2027-01-10&filter[night]=2027-01-10",
            ["filter[night]"],
        ),
        (f"{BASE}/schedule", "sort=start&include=owner", ["sort", "include"]),
        (f"{BASE}/event", "filter[from]=now", ["filter[from]"]),
        (f"{BASE}/event", "filter[from]=2027-01-10T20:00:00", ["filter[from]"]),
        (f"{BASE}/event", "filter[from]=2027-01-10T20:00:00%2B00:00", ["filter[from]"]),
        (f"{BASE}/event", "filter[from]=x&filter[to]=y", ["filter[from]", "filter[to]"]),
        (f"{BASE}/event", "filter[from]=2027-01-11&filter[to]=2027-01-10", ["filter[to]"]),
        (f"{BASE}/event", "filter[night]=2027-01-10", ["filter[night]"]),
        (f"{BASE}/event/{OBERPFAFFENHOFEN}", "fields[static]=zenith", ["fields[static]"]),
    ],
)  # fmt: skip
def test_parameters_at_fault(ask: Asker, path: str, query: str, parameters: list[str]) -> None:
    response = ask.get(f"{path}?{query}")
    errors = expect(response, 400, *[("schema", None)] * len(parameters))
    assert [error["source"]["parameter"] for error in errors] == parameters


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_parameters_of_writes(ask: Asker, night: Night, method: str) -> None:
    event = static(night, 600, 10)
    path = night.events if method == "POST" else f"{night.events}/{event['id']}"
    document = {"data": event} if method == "POST" else None
    response = ask.request(method, f"{path}?dry-run=true", by="demo-owner", json=document)
    [error] = expect(response, 400, ("schema", None))
    assert error["source"] == {"parameter": "dry-run"}
    expect(ask.get(f"{night.events}/{event['id']}"), 404, ("unknown-event", None))


def conditional(ask: Asker, path: str, *tags: str, **params: str) -> int:
    """The status of a conditional GET; two tags in two headers."""
    headers = [("X-API-Key", "demo-viewer"), *(("If-None-Match", tag) for tag in tags)]
    response = ask.client.get(path, params=params, headers=headers)
    if response.status_code == 304:
        assert response.content == b""
        assert "etag" in response.headers
    return response.status_code


def test_tags_and_conditions(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    for path, params in (
        ("/openapi.json", {}),
        ("/v1/instrument", {}),
        (f"{night.instrument}/schedule", {"filter[night]": night.date}),
        (night.events, {"filter[from]": night.after_dusk(0), "filter[to]": night.before_dawn(0)}),
        (f"{night.events}/{event['id']}", {}),
    ):
        tag = ask.get(path, params=params).headers["ETag"]
        assert tag.startswith('"')
        assert tag.endswith('"')
        for same in (tag, f"W/{tag}", f'"other", {tag}', f'{tag},"other"', "*", f'W/"a,b",W/{tag}'):
            assert conditional(ask, path, same, **params) == 304
        assert conditional(ask, path, '"other"', tag, **params) == 304
        for other in ('"other"', "other", f'"{tag[1:-2]}"', 'W/""', "", tag.strip('"')):
            assert conditional(ask, path, other, **params) == 200


def test_a_tag_changes_with_what_it_is_of(ask: Asker, night: Night) -> None:
    params = {"filter[night]": night.date}
    path = f"{night.instrument}/schedule"
    event = static(night, 600, 10)
    tags = [ask.get(path, params=params).headers["ETag"]]
    ask.add(night, event)
    tags.append(ask.get(path, params=params).headers["ETag"])
    single = ask.get(f"{night.events}/{event['id']}").headers["ETag"]
    ask.remove(night, event)
    tags.append(ask.get(path, params=params).headers["ETag"])
    assert len(set(tags)) == 3
    assert conditional(ask, path, tags[1], **params) == 200
    assert conditional(ask, path, tags[2], **params) == 304
    assert ask.get(f"{night.events}/{event['id']}").headers["ETag"] != single
    # A refusal changes nothing, and another night's tag is another's.
    ask.post(night, static(night, -100, 10))
    assert conditional(ask, path, tags[2], **params) == 304
    later = (date.fromisoformat(night.date) + 30 * DAY).isoformat()
    assert conditional(ask, path, tags[2], **{"filter[night]": later}) == 200


def test_head_is_get_without_a_body(ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 10))
    for path in ("/v1/instrument", f"{night.instrument}/schedule", night.events):
        response = ask.request("HEAD", path, by=VIEWER)
        whole = ask.get(path, by=VIEWER)
        assert response.status_code == 200
        for name in ("content-type", "content-length", "etag"):
            assert response.headers[name] == whole.headers[name]
    assert ask.request("HEAD", f"{night.events}/x", by=VIEWER).status_code == 404
    assert ask.request("HEAD", "/v1/instrument", by=None).status_code == 401


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/instrument", "POST", "GET, HEAD"),
        (f"{BASE}/schedule", "DELETE", "GET, HEAD"),
        (f"{BASE}/event", "PUT", "DELETE, GET, HEAD, POST"),
        (f"{BASE}/event", "PATCH", "DELETE, GET, HEAD, POST"),
        (f"{BASE}/event/{OBERPFAFFENHOFEN}", "POST", "DELETE, GET, HEAD"),
        ("/openapi.json", "POST", "GET, HEAD"),
    ],
)
def test_405_says_what_there_is(ask: Asker, path: str, method: str, allowed: str) -> None:
    response = ask.request(method, path, by=VIEWER)
    [error] = expect(response, 405, ("method-not-allowed", None))
    assert response.headers["Allow"] == allowed
    assert allowed in error["detail"]
