"""JSON:API 1.1, a test for each demand on a server of this kind, by the specification's sections.

Written from https://jsonapi.org/format/1.1/, not from the code; test_negotiation.py has more media
types, the witness looks at the structure of every answer of all other tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.asking import OWNER, PARTNER, VIEWER, Asker, Json, expect, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.v2.asking import add, base, events, flexible, post, send
from tests.end_to_end.witness import ATOMIC, MEDIA_TYPE, Witness

MEMBER = re.compile(r"[a-zA-Z0-9\u0080-\U0010ffff](?:[\w \-\u0080-\U0010ffff]*[a-zA-Z0-9])?")
AT_MEMBER = re.compile(r"@[a-zA-Z0-9]+")
FAMILIES = ("filter", "sort", "fields", "page", "include")


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all."""
    return nights.take()


@pytest.fixture(scope="module")
def event(ask: Asker, night: Night) -> Json:
    """An event that version 2 has accepted: the resource object of the answer."""
    found: Json = add(ask, night, static(night, 600, 10))["data"]
    return found


@pytest.fixture(scope="module")
def documents(ask: Asker, night: Night, event: Json) -> list[Json]:
    """Documents of several kinds."""
    paths = (
        "/v1/instrument", f"{night.instrument}/schedule", night.events, "/v1/nothing",
        f"{night.events}/{event['id']}", events(night), f"{events(night)}/{event['id']}",
        f"{events(night)}/{event['id']}/explanation", f"/v2/commands/{event['id']}",
        "/v2/instruments", base(night), f"{base(night)}/nights", f"{base(night)}/series",
        f"{base(night)}/maintenance",
    )  # fmt: skip
    return [ask.get(path).json() for path in paths]


def objects(value: Any) -> Iterator[Json]:
    """Every object in a value."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for entry in value:
            yield from objects(entry)


def resources(document: Json) -> list[Json]:
    """The primary data as a list."""
    data = document.get("data", [])
    return data if isinstance(data, list) else [data]


def test_5_1_top_level(documents: list[Json]) -> None:
    """At least one of data, errors, meta; data and errors never together."""
    for document in documents:
        assert {"data", "errors", "meta"} & set(document)
        assert not {"data", "errors"} <= set(document)
        assert set(document) <= {"data", "errors", "meta", "jsonapi", "links", "included"}
        assert "included" not in document or "data" in document


def test_5_2_resource_objects(documents: list[Json]) -> None:
    """Each has type and id, both texts, and only the members that there are."""
    known = {"type", "id", "attributes", "relationships", "links", "meta"}
    for each in (entry for document in documents for entry in resources(document)):
        assert {"type", "id"} <= set(each) <= known
        assert isinstance(each["type"], str)
        assert isinstance(each["id"], str)
        assert MEMBER.fullmatch(each["type"])


def test_5_2_2_fields_share_one_namespace(documents: list[Json]) -> None:
    """No attribute and relationship of one name, and none is called type or id."""
    for each in (entry for document in documents for entry in resources(document)):
        attributes, relationships = (
            set(each.get("attributes", ())),
            set(each.get("relationships", ())),
        )
        assert not attributes & relationships
        assert not {"type", "id"} & (attributes | relationships)


def test_5_2_4_relationships(documents: list[Json]) -> None:
    """Each has at least one of links, data and meta."""
    for each in (entry for document in documents for entry in resources(document)):
        for relationship in each.get("relationships", {}).values():
            assert {"links", "data", "meta"} & set(relationship)


def test_5_6_meta_is_an_object(documents: list[Json]) -> None:
    for found in (entry for document in documents for entry in objects(document)):
        assert isinstance(found.get("meta", {}), dict)


def test_5_7_links(documents: list[Json]) -> None:
    """A link is a text, an object with href, or null; self leads to the same resource."""
    for document in documents:
        for holder in (document, *resources(document)):
            for link in holder.get("links", {}).values():
                assert link is None or isinstance(link, str) or isinstance(link["href"], str)


def test_5_7_self_of_a_resource_identifies_it(ask: Asker, event: Json) -> None:
    response = ask.get(event["links"]["self"])
    assert (response.json()["data"]["type"], response.json()["data"]["id"]) == (
        event["type"],
        event["id"],
    )


def test_5_8_jsonapi_object(documents: list[Json]) -> None:
    for document in documents:
        assert set(document["jsonapi"]) <= {"version", "ext", "profile", "meta"}
        assert document["jsonapi"]["version"] == "1.1"


def test_5_9_member_names(documents: list[Json]) -> None:
    for found in (entry for document in documents for entry in objects(document)):
        for name in found:
            assert MEMBER.fullmatch(name) or AT_MEMBER.fullmatch(name), name


def test_6_3_content_type_has_no_other_parameters(ask: Asker) -> None:
    assert ask.get("/v1/instrument").headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize("version", [1, 2])
def test_6_3_415_for_other_parameters(ask: Asker, night: Night, version: int) -> None:
    path = night.events if version == 1 else events(night)
    given = {"Content-Type": f"{MEDIA_TYPE}; charset=utf-8"}
    response = ask.request("POST", path, by=OWNER, content=b"{}", headers=given)
    assert response.status_code == 415
    [error] = response.json()["errors"]
    assert error["source"] == {"header": "Content-Type"}


@pytest.mark.parametrize("version", [1, 2])
def test_6_3_415_for_extensions_not_supported(ask: Asker, night: Night, version: int) -> None:
    path = night.events if version == 1 else events(night)
    response = ask.request("POST", path, by=OWNER, content=b"{}", headers={"Content-Type": ATOMIC})
    assert response.status_code == 415


@pytest.mark.parametrize("accepted", [f"{MEDIA_TYPE}; charset=utf-8", ATOMIC])
@pytest.mark.parametrize("version", [1, 2])
def test_6_3_406(ask: Asker, night: Night, accepted: str, version: int) -> None:
    """All instances of the media type have parameters, or extensions that are not supported."""
    path = night.events if version == 1 else events(night)
    assert ask.get(path, headers={"Accept": accepted}).status_code == 406


def test_6_3_profiles_not_known_are_ignored(ask: Asker, night: Night) -> None:
    accepted = f'{MEDIA_TYPE}; profile="https://example.com/unknown"'
    for path in (night.events, events(night)):
        response = ask.get(path, headers={"Accept": accepted})
        assert response.status_code == 200
        assert "profile" not in response.headers["content-type"]


def test_6_3_vary(ask: Asker, night: Night) -> None:
    for path in (night.events, events(night), "/v1/nothing"):
        vary = ", ".join(ask.get(path).headers.get_list("vary"))
        assert "accept" in vary.lower().replace(" ", "").split(",")


def test_7_1_fetching(ask: Asker, night: Night, event: Json) -> None:
    """200 for a collection, also an empty one, and for a resource; 404 for one that is not."""
    empty = ask.get(events(night), params={"filter[night]": "2001-01-01"})
    assert (empty.status_code, empty.json()["data"]) == (200, [])
    assert ask.get(f"{events(night)}/{event['id']}").status_code == 200
    expect(ask.get(f"{events(night)}/{uuid4()}"), 404, ("unknown-event", None))


@pytest.mark.parametrize("version", [1, 2])
def test_7_3_include_not_supported(ask: Asker, night: Night, version: int) -> None:
    """400 where the endpoint has no include."""
    path = night.events if version == 1 else events(night)
    response = ask.get(path, params={"include": "author"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == {"parameter": "include"}


def test_7_4_sparse_fieldsets(ask: Asker, night: Night, event: Json) -> None:
    """No fields but those asked for; an empty value asks for none."""
    for wanted in ("state,priority", "state", ""):
        found = ask.get(f"{events(night)}/{event['id']}", params={"fields[events]": wanted})
        attributes = found.json()["data"].get("attributes", {})
        assert set(attributes) == {name for name in wanted.split(",") if name}


def test_7_5_sorting(ask: Asker, night: Night, event: Json) -> None:
    """Ascending, with a minus sign descending, else 400."""
    add(ask, night, static(night, 900, 10))
    own = {"filter[night]": night.date}
    up = ask.get(events(night), params={**own, "sort": "start_time"}).json()["data"]
    down = ask.get(events(night), params={**own, "sort": "-start_time"}).json()["data"]
    starts = [each["attributes"]["start_time"] for each in up]
    assert len(starts) >= 2
    assert starts == sorted(starts)
    assert [each["id"] for each in down] == [each["id"] for each in reversed(up)]
    response = ask.get(events(night), params={"sort": "colour"})
    assert response.status_code == 400
    assert ask.get(night.events, params={"sort": "start_time"}).status_code == 400


def test_7_6_pagination(ask: Asker, night: Night, event: Json) -> None:
    """Links first, last, prev, next only; absent or null where they lead nowhere."""
    add(ask, night, static(night, 1200, 10))
    own = {"filter[night]": night.date, "page[size]": "1"}
    whole = ask.get(events(night), params={"filter[night]": night.date}).json()["data"]
    link: str | None = str(ask.client.build_request("GET", events(night), params=own).url)
    seen: list[str] = []
    while link is not None:
        document = ask.get(link).json()
        seen.extend(each["id"] for each in document["data"])
        assert set(document["links"]) <= {"self", "first", "last", "prev", "next", "describedby"}
        link = document["links"].get("next")
    assert seen == [each["id"] for each in whole]


def test_8_query_parameter_names() -> None:
    """Those of the specification's families, or with a character that is not a to z."""
    witness = Witness()
    for path, operations in witness.description["paths"].items():
        for operation in operations.values():
            for entry in map(witness.resolve, operation.get("parameters", ())):
                if entry["in"] == "query":
                    name = entry["name"]
                    assert name.partition("[")[0] in FAMILIES or re.search("[^a-z]", name), path


@pytest.mark.parametrize("name", ["colour", "page", "filter[colour]", "page[number]", "fields[x]"])
def test_8_unknown_query_parameters(ask: Asker, night: Night, name: str) -> None:
    """400, with source.parameter."""
    for path in (night.events, events(night)):
        response = ask.get(path, params={name: "1"})
        assert response.status_code == 400
        assert response.json()["errors"][0]["source"] == {"parameter": name}


def test_9_1_creating(ask: Asker, night: Night) -> None:
    """201 with the resource, Location the same as its self link; the client's id is taken."""
    asked = static(night, 1500, 10)
    response = post(ask, night, asked)
    assert response.status_code == 201
    data = response.json()["data"]
    assert data["id"] == asked["id"]
    assert response.headers["Location"] == data["links"]["self"]


def test_9_1_creating_with_an_id_taken(ask: Asker, night: Night, event: Json) -> None:
    other = {**static(night, 1800, 10), "id": event["id"]}
    assert post(ask, night, other).status_code == 409


def test_9_1_creating_with_another_type(ask: Asker, night: Night) -> None:
    """409 for a type that is not of the collection."""
    wrong = {**static(night, 2100, 10), "type": "people"}
    assert post(ask, night, wrong).status_code == 409
    assert ask.post(night, wrong).status_code == 409


def test_9_1_creating_is_not_allowed(ask: Asker, night: Night) -> None:
    assert post(ask, night, static(night, 2400, 10), by=VIEWER).status_code == 403


def test_9_2_updating(ask: Asker, night: Night) -> None:
    """What is not named stays; 200 with the resource, as more has changed than was asked."""
    asked = add(ask, night, flexible(night, 10, (3000, 4000)))["data"]
    path = f"{events(night)}/{asked['id']}"
    named = {"type": asked["type"], "id": asked["id"]}
    response = send(ask, "PATCH", path, {"data": {**named, "attributes": {"priority": 2}}})
    assert response.status_code == 200
    attributes = response.json()["data"]["attributes"]
    assert attributes["priority"] == 2
    assert attributes["windows"] == asked["attributes"]["windows"]


def test_9_2_updating_another(ask: Asker, night: Night, event: Json) -> None:
    """409 where type or id is not the URL's, 404 for one that is not, 400 without type or id."""
    path = f"{events(night)}/{event['id']}"
    good = {"type": event["type"], "id": event["id"], "attributes": {"priority": 3}}
    away = str(uuid4())
    assert send(ask, "PATCH", path, {"data": {**good, "id": away}}).status_code == 409
    assert send(ask, "PATCH", path, {"data": {**good, "type": "people"}}).status_code == 409
    elsewhere = f"{events(night)}/{away}"
    assert send(ask, "PATCH", elsewhere, {"data": {**good, "id": away}}).status_code == 404
    assert send(ask, "PATCH", path, {"data": {"type": event["type"]}}).status_code == 400
    assert send(ask, "PATCH", path, {"data": good}, by=PARTNER).status_code == 403


def test_9_4_deleting(ask: Asker, night: Night) -> None:
    """200 with meta where there is something to say; 404 for one that never was."""
    gone = add(ask, night, static(night, 5000, 10))["data"]
    response = ask.request("DELETE", f"{events(night)}/{gone['id']}", by="demo-owner")
    assert response.status_code == 200
    assert response.json()["meta"]
    missing = ask.request("DELETE", f"{events(night)}/{uuid4()}", by="demo-owner")
    expect(missing, 404, ("unknown-event", None))


def test_11_errors(ask: Asker, night: Night) -> None:
    """Error objects in a list under errors, with known members, texts, and a pointer that leads."""
    faulty = static(night, 600, 10)
    faulty["attributes"] |= {"zenith": 1, "azimuth": None}
    response = post(ask, night, faulty)
    known = {"id", "links", "status", "code", "title", "detail", "source", "meta"}
    errors = response.json()["errors"]
    assert len(errors) >= 2
    for error in errors:
        assert set(error) <= known
        assert error["status"] == str(response.status_code)
        assert set(error["source"]) <= {"pointer", "parameter", "header"}
        assert error["source"]["pointer"].startswith("/data")
