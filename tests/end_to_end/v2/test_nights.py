"""Instruments, nights and their schedules in version 2, in every form."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import icalendar
import pytest

from instruments import discover
from models.instant import parse_instant
from tests.end_to_end.asking import OPERATOR, OWNER, VIEWER, Asker, expect
from tests.end_to_end.nights import LIDAR, Night, Nights
from tests.end_to_end.system import wait_for
from tests.end_to_end.v2.asking import add, base, change, remove, static


def path(night: Night, rest: str = "") -> str:
    """The path of a night."""
    return f"{base(night)}/nights/{night.date}{rest}"


def test_instruments(ask: Asker) -> None:
    response = ask.get("/v2/instruments", by=VIEWER)
    found = {each["attributes"]["name"]: each for each in response.json()["data"]}
    assert set(found) == {instrument.name for instrument in discover()}
    lidar = found["lidar_alomar"]
    assert lidar["attributes"]["policy"]["after_cut_off"] == "refuse"
    assert lidar["attributes"]["event_types"][0]["schema"]["title"] == "profile"
    one = ask.get(lidar["links"]["self"])
    assert one.json()["data"] == lidar
    assert ask.get(f"/v2/instruments/{lidar['attributes']['name']}").json() == one.json()
    tag = one.headers["ETag"]
    assert ask.get(one.url.path, headers={"If-None-Match": tag}).status_code == 304
    few = ask.get("/v2/instruments?fields[instruments]=title,nights").json()["data"]
    assert all(set(each["attributes"]) == {"title"} for each in few)
    assert all(set(each["relationships"]) == {"nights"} for each in few)
    for relation in lidar["relationships"].values():
        assert ask.get(relation["links"]["related"]).status_code == 200
    expect(ask.get("/v2/instruments/faim"), 404, ("unknown-instrument", None))
    expect(ask.get("/v2/instruments?include=nights"), 400, ("schema", None))
    expect(ask.get("/v2/instruments?fields[instruments]=colour"), 400, ("schema", None))


def test_a_night_says_how_good_its_plan_is(ask: Asker, night: Night) -> None:
    empty = ask.get(path(night)).json()["data"]
    assert empty["attributes"]["revision"] == 0
    assert empty["attributes"]["solver"] is None
    add(ask, night, static(night, 600, 100))
    weak = static(night, 800, 10)
    add(ask, night, weak, by="demo-external")
    add(ask, night, static(night, 805, 10), by=OPERATOR)
    found = ask.get(path(night)).json()["data"]["attributes"]
    assert parse_instant(found["dusk"]) == night.dusk
    assert parse_instant(found["cut_off"]) < night.dusk
    assert (found["revision"], found["events"], found["waiting"]) == (3, 2, 1)
    assert (found["moved"], found["displaced"]) == (0, 1)
    assert found["requested_seconds"] == 110
    assert found["filled_seconds"] > 0
    total = sum(found[f"{name}_seconds"] for name in ("requested", "filled", "idle"))
    assert total == pytest.approx(night.seconds)
    assert (found["solver"]["status"], found["solver"]["gap"]) == ("optimal", 0)
    assert found["planned_at"]


def test_nights_without_darkness_say_so(ask: Asker) -> None:
    found = ask.get(f"/v2/instruments/{LIDAR}/nights/2027-06-21").json()["data"]["attributes"]
    assert (found["dark"], found["dusk"], found["dawn"]) == (False, None, None)
    plan = ask.get(f"/v2/instruments/{LIDAR}/nights/2027-06-21/schedule.txt").text
    assert plan.splitlines()[1].startswith("# no darkness")
    csv_text = ask.get(f"/v2/instruments/{LIDAR}/nights/2027-06-21/schedule.csv").text
    assert len(csv_text.splitlines()) == 1


def test_listing_nights(ask: Asker, night: Night) -> None:
    usual = ask.get(f"{base(night)}/nights").json()
    assert len(usual["data"]) == 8
    assert set(usual["links"]) == {"self"}
    current = ask.get(f"{base(night)}/nights/current").json()["data"]
    assert current == usual["data"][0]
    span = {"filter[from]": "2027-02-26", "filter[to]": "2027-03-04", "page[size]": "3"}
    dates, page = [], ask.get(f"{base(night)}/nights", params=span).json()
    while True:
        dates += [each["attributes"]["night"] for each in page["data"]]
        if "next" not in page["links"]:
            break
        page = ask.get(page["links"]["next"]).json()
        assert "first" in page["links"]
    assert (len(dates), dates[0], dates[-1]) == (7, "2027-02-26", "2027-03-04")
    one = ask.get(
        f"{base(night)}/nights", params={"filter[from]": "current", "filter[to]": "current"}
    )
    assert len(one.json()["data"]) == 1
    few = ask.get(f"{base(night)}/nights?fields[nights]=night").json()["data"]
    assert all(set(each["attributes"]) == {"night"} for each in few)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[from]", "yesterday"), ("filter[to]", "1999-01-01"), ("page[size]", "0"),
        ("page[size]", "ten"), ("page[after]", "x"), ("page[after]", "2020-01-01"),
        ("sort", "night"), ("include", "events"), ("fields[nights]", "moon"), ("filter[x]", "1"),
    ],
)  # fmt: skip
def test_parameters_at_fault(ask: Asker, name: str, value: str) -> None:
    query = {"filter[from]": "2026-12-01", name: value}
    response = ask.get(f"/v2/instruments/{LIDAR}/nights", params=query)
    [error] = expect(response, 400, ("schema", None))
    assert error["source"] == {"parameter": name}


@pytest.mark.parametrize("night", ["tonight", "2027-02-30", "1899-12-31", "2100-01-01", "0"])
def test_there_is_no_such_night(ask: Asker, night: str) -> None:
    for rest in ("", "/schedule", "/schedule.ics"):
        found = ask.get(f"/v2/instruments/{LIDAR}/nights/{night}{rest}")
        expect(found, 404, ("unknown-night", None))


def test_a_schedule_in_every_form(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10.5)
    add(ask, night, event)
    document = ask.get(path(night, "/schedule")).json()
    assert ask.get(path(night, "/schedule.json")).json() == document
    [found] = [block for block in document["data"] if not block["meta"]["filler"]]
    assert (found["id"], found["attributes"]) == (event["id"], event["attributes"])
    first = ask.schedule(night)
    assert [block["id"] for block in first["data"]] == [block["id"] for block in document["data"]]
    text = ask.get(path(night, "/schedule.txt"))
    lines = text.text.splitlines()
    assert lines[0].startswith(f"# nightplan faim_oberpfaffenhofen {night.date} revision 1 dusk ")
    times = (event["attributes"]["start_time"], event["attributes"]["end_time"])
    assert f"{times[0]} {times[1]} static 60.300 284.000 21 {event['id']}" in lines
    assert len(lines) == 1 + len(document["data"])
    table = list(csv.DictReader(io.StringIO(ask.get(path(night, "/schedule.csv")).text)))
    [row] = [row for row in table if row["filler"] == "false"]
    assert row == {
        "start_time": times[0], "end_time": times[1], "seconds": "10.500", "type": "static",
        "id": event["id"], "filler": "false", "zenith": "60.300", "azimuth": "284.000",
        "number_of_photos": "21",
    }  # fmt: skip
    for accept, ending in (
        ("text/plain", "txt"), ("text/csv", "csv"), ("text/calendar", "ics"),
        ("text/csv;q=0.5, text/plain", "txt"), ("text/html, text/csv;q=0.1", "csv"),
    ):  # fmt: skip
        chosen = ask.get(path(night, "/schedule"), headers={"Accept": accept})
        assert chosen.content == ask.get(path(night, f"/schedule.{ending}")).content
    assert ask.get(path(night, "/schedule"), headers={"Accept": "text/html"}).json() == document
    expect(ask.get(path(night, "/schedule.pdf")), 404, ("not-found", None))


def test_a_calendar_keeps_up(ask: Asker, night: Night) -> None:
    kept, lost, gone = static(night, 600, 10), static(night, 700, 10), static(night, 800, 10)
    for event in (kept, gone):
        add(ask, night, event)
    add(ask, night, lost, by="demo-external")
    add(ask, night, static(night, 705, 10), by=OPERATOR)
    remove(ask, night, gone)
    response = ask.get(path(night, "/schedule.ics"))
    again = ask.get(path(night, "/schedule.ics"))
    assert again.content == response.content
    entries = {
        str(entry["UID"]): entry
        for entry in icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    }
    found = {name: entries[f"{event['id']}@nightplan"] for name, event in
             (("kept", kept), ("lost", lost), ("gone", gone))}  # fmt: skip
    assert {name: str(entry["STATUS"]) for name, entry in found.items()} == {
        "kept": "CONFIRMED", "lost": "CANCELLED", "gone": "CANCELLED",
    }  # fmt: skip
    assert {int(entry["SEQUENCE"]) for entry in entries.values()} == {5}
    start = datetime.fromisoformat(kept["attributes"]["start_time"])
    assert found["kept"]["DTSTART"].dt == start.replace(microsecond=0)
    fillers = [entry for entry in entries.values() if "scan" in str(entry["SUMMARY"])]
    assert fillers
    assert {str(entry["TRANSP"]) for entry in fillers} == {"TRANSPARENT"}
    assert str(found["kept"]["TRANSP"]) == "OPAQUE"


def test_tags_and_revisions(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    add(ask, night, event)
    tags = {}
    for ending in ("json", "txt", "csv", "ics"):
        response = ask.get(path(night, f"/schedule.{ending}"))
        tags[ending] = response.headers["ETag"]
        known = {"If-None-Match": tags[ending]}
        assert ask.get(path(night, f"/schedule.{ending}"), headers=known).status_code == 304
    assert len(set(tags.values())) == 4
    text = ask.get(path(night, "/schedule.txt")).text
    change(ask, night, event, zenith="10.000")
    for ending, tag in tags.items():
        changed = ask.get(path(night, f"/schedule.{ending}"), headers={"If-None-Match": tag})
        assert changed.status_code == 200
    old = ask.get(path(night, "/schedule.txt?filter[revision]=1"))
    assert old.text == text
    known = {"If-None-Match": old.headers["ETag"]}
    assert (
        ask.get(path(night, "/schedule.txt?filter[revision]=1"), headers=known).status_code == 304
    )
    newest = ask.get(path(night, "/schedule.txt?filter[revision]=2")).text
    assert newest == ask.get(path(night, "/schedule.txt")).text != text
    assert ask.get(path(night, "/schedule.ics?filter[revision]=1")).status_code == 200
    expect(ask.get(path(night, "/schedule?filter[revision]=3")), 404, ("unknown-revision", None))
    for wrong in ("-1", "x", "99999999999", ""):
        expect(ask.get(path(night, f"/schedule?filter[revision]={wrong}")), 400, ("schema", None))


def test_downloads_are_kept(ask: Asker, night: Night) -> None:
    add(ask, night, static(night, 600, 10))
    downloads = path(night, "/downloads")
    assert ask.get(downloads, by=OPERATOR).json()["data"] == []
    expect(ask.get(downloads, by=OWNER), 403, ("not-allowed", None))
    tag = ask.get(path(night, "/schedule.txt"), by=OPERATOR).headers["ETag"]
    # None of these is one.
    ask.get(path(night, "/schedule.txt"), by=OPERATOR, headers={"If-None-Match": tag})
    ask.get(path(night, "/schedule.txt"), by=OWNER)
    ask.request("HEAD", path(night, "/schedule.txt"), by=OPERATOR)
    ask.get(path(night, "/schedule"), by=OPERATOR)

    def kept() -> list[tuple[int, str, str]]:
        data = ask.get(downloads, by=OPERATOR).json()["data"]
        each = [entry["attributes"] for entry in data]
        return [(one["revision"], one["format"], one["username"]) for one in each]

    wait_for(lambda: len(kept()) >= 2, 10, "two downloads are kept")
    assert kept() == [(1, "txt", OPERATOR), (1, "json", OPERATOR)]


def test_nights_of_the_lidar(ask: Asker, nights: Nights) -> None:
    """Its plans have setups, so they are read in every form too."""
    night = nights.take(LIDAR)
    for ending in ("json", "txt", "csv", "ics"):
        assert ask.get(path(night, f"/schedule.{ending}")).status_code == 200
