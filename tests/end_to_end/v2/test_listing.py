"""Lists of events in version 2: filters, order, pages, sparse fieldsets."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.end_to_end.asking import EXTERNAL, OPERATOR, OWNER, VIEWER, Asker, Json, expect, scan
from tests.end_to_end.nights import Night
from tests.end_to_end.v2.asking import add, events, flexible, remove, static


def listed(ask: Asker, night: Night, by: str = OWNER, **query: str) -> list[Json]:
    """The events of the night, by what is asked for; names have dots for brackets."""
    given = {
        name if "_" not in name else f"{name.split('_')[0]}[{name.split('_', 1)[1]}]": value
        for name, value in query.items()
    }
    params = {"filter[night]": night.date, **given}
    response = ask.get(events(night), params=params, by=by)
    assert response.status_code == 200, response.text
    found: list[Json] = response.json()["data"]
    return found


def ids(found: list[Json]) -> list[str]:
    """Their ids."""
    return [each["id"] for each in found]


@pytest.fixture
def five(ask: Asker, night: Night) -> dict[str, Json]:
    """Five events: two scheduled, one displaced, one waiting, one deleted."""
    asked = {
        "late": static(night, 3000, 100),
        "lost": scan(night, 600),
        "gone": static(night, 2000, 10),
        "strong": static(night, 650, 300),
        "waiting": flexible(night, 50, (700, 760), on_conflict="wait"),
    }
    add(ask, night, asked["late"])
    add(ask, night, asked["lost"], by=EXTERNAL)
    add(ask, night, asked["gone"])
    add(ask, night, asked["strong"], by=OPERATOR)
    add(ask, night, asked["waiting"], by=EXTERNAL, status="waiting")
    assert remove(ask, night, asked["gone"]).status_code == 200
    return asked


def test_filters(ask: Asker, night: Night, five: dict[str, Json]) -> None:
    def names(**query: str) -> set[str]:
        found = ids(listed(ask, night, **query))
        assert len(found) == len(set(found))
        return {name for name, event in five.items() if event["id"] in found}

    assert names() == set(five)
    assert names(filter_state="scheduled") == {"late", "strong"}
    assert names(filter_state="displaced,waiting") == {"lost", "waiting"}
    assert names(filter_state="deleted", filter_type="scan") == set()
    assert names(filter_type="scan") == {"lost"}
    assert names(filter_type="scan,static") == set(five)
    owner = listed(ask, night, filter_type="scan")[0]["attributes"]["owner"]
    assert names(filter_owner=owner) == {"lost", "waiting"}
    assert names(filter_owner="me") == {"late", "gone"}
    assert names(filter_owner=f"me,{owner}") == {"late", "gone", "lost", "waiting"}
    assert names(filter_from=night.after_dusk(1500)) == {"late", "gone"}
    assert names(filter_to=night.after_dusk(640)) == {"lost"}
    assert names(filter_series=five["late"]["id"]) == set()
    every = ask.get(events(night), params={"filter[state]": "rejected"}, by=VIEWER)
    assert every.json()["data"] == []


def test_order(ask: Asker, night: Night, five: dict[str, Json]) -> None:
    def order(sort: str) -> list[str]:
        names = {event["id"]: name for name, event in five.items()}
        return [names[each] for each in ids(listed(ask, night, sort=sort))]

    made = ["late", "lost", "gone", "strong", "waiting"]
    assert order("created_at") == made
    assert order("-created_at") == made[::-1]
    assert order("start_time") == ["lost", "strong", "waiting", "gone", "late"]
    assert order("-start_time") == order("start_time")[::-1]
    priorities = [each["attributes"]["priority"] for each in listed(ask, night, sort="-priority")]
    assert priorities == sorted(priorities, reverse=True)
    assert order("priority") == order("-priority")[::-1]


@pytest.mark.parametrize("sort", ["start_time", "-created_at", "-priority"])
def test_pages(ask: Asker, night: Night, five: dict[str, Json], sort: str) -> None:
    query = {"filter[night]": night.date, "sort": sort, "page[size]": "2"}
    page = ask.get(events(night), params=query).json()
    assert set(page["links"]) == {"self", "next"}
    found = [ids(page["data"])]
    while "next" in page["links"]:
        page = ask.get(page["links"]["next"]).json()
        assert {"self", "first"} <= set(page["links"])
        found.append(ids(page["data"]))
    assert [len(each) for each in found] == [2, 2, 1]
    assert [each for some in found for each in some] == ids(listed(ask, night, sort=sort))
    first = parse_qs(urlsplit(page["links"]["first"]).query)
    assert first == {name: [value] for name, value in query.items()}
    assert ids(ask.get(page["links"]["first"]).json()["data"]) == found[0]
    exact = ask.get(events(night), params={**query, "page[size]": "5"}).json()
    assert set(exact["links"]) == {"self"}


def test_sparse_fieldsets(ask: Asker, night: Night, five: dict[str, Json]) -> None:
    few = listed(ask, night, fields_events="state,zenith")
    assert {frozenset(each.get("attributes", {})) for each in few} == {
        frozenset({"state"}), frozenset({"state", "zenith"}),
    }  # fmt: skip
    by_type = listed(ask, night, fields_events="state", fields_scan="priority")
    assert {(each["type"], *each["attributes"]) for each in by_type} == {
        ("static", "state"), ("scan", "priority"),
    }  # fmt: skip
    assert all("attributes" not in each for each in listed(ask, night, fields_events=""))


def test_a_list_has_a_tag(ask: Asker, night: Night, five: dict[str, Json]) -> None:
    query = {"filter[night]": night.date}
    tag = ask.get(events(night), params=query).headers["ETag"]
    known = {"If-None-Match": tag}
    assert ask.get(events(night), params=query, headers=known).status_code == 304
    add(ask, night, static(night, 5000, 10))
    assert ask.get(events(night), params=query, headers=known).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[state]", "lost"), ("filter[state]", ""), ("filter[state]", "scheduled,"),
        ("filter[type]", "profile"), ("filter[night]", "tonight"), ("filter[owner]", ""),
        ("filter[from]", "x"), ("filter[to]", "2027-01-01T00:00:00+00:00"),
        ("filter[series]", "x"), ("filter[priority]", "5"), ("sort", "zenith"),
        ("sort", "start_time,priority"), ("sort", ""), ("page[size]", "501"), ("page[size]", "0"),
        ("page[size]", "٣"), ("page[after]", "x"), ("page[number]", "2"), ("include", "series"),
        ("fields[events]", "colour"), ("fields[profile]", "state"), ("fields", "state"),
    ],
)  # fmt: skip
def test_parameters_at_fault(ask: Asker, night: Night, name: str, value: str) -> None:
    response = ask.get(events(night), params={name: value})
    [error] = expect(response, 400, ("schema", None))
    assert error["source"] == {"parameter": name}


def test_all_parameters_at_fault_at_once(ask: Asker, night: Night) -> None:
    query = "filter[from]=x&filter[night]=y&filter[state]=z&sort=a&page[size]=b&filter[type]=c"
    errors = expect(ask.get(f"{events(night)}?{query}"), 400, *[("schema", None)] * 6)
    assert {error["source"]["parameter"] for error in errors} == {
        "filter[from]", "filter[night]", "filter[state]", "sort", "page[size]", "filter[type]",
    }  # fmt: skip
