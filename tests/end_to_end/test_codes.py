"""Every code of requirement A6, and what a document must have before its rules count."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.end_to_end.asking import VIEWER, Asker, Json, changed, expect, scan, static, without
from tests.end_to_end.nights import LIDAR, OBERPFAFFENHOFEN, OTLICA, Night, Nights

START, END = "/data/attributes/start_time", "/data/attributes/end_time"


def test_instruments_are_listed_with_ids_types_and_attributes(ask: Asker) -> None:
    response = ask.get("/v1/instrument", by=VIEWER)
    assert response.status_code == 200
    found = {entry["id"]: entry for entry in response.json()["data"]}
    assert set(found) >= {OBERPFAFFENHOFEN, OTLICA, LIDAR}
    faim = found[OBERPFAFFENHOFEN]
    assert faim["type"] == "instrument"
    # E6
    assert faim["attributes"]["site"]["latitude"] == 48.087
    assert faim["attributes"]["site"]["longitude"] == 11.280
    assert [entry["type"] for entry in faim["attributes"]["event_types"]] == ["scan", "static"]
    assert ask.get(faim["links"]["schedule"]).status_code == 200
    assert ask.get(faim["links"]["events"]).status_code == 200


def test_200_added_and_removed(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    response = ask.post(night, event)
    assert response.status_code == 200
    answer = response.json()
    assert answer["meta"]["status"] == "Added"
    assert answer["meta"]["night"] == night.date
    assert answer["meta"]["displaced"] == []
    assert answer["data"]["attributes"] == event["attributes"]
    assert ask.get(answer["links"]["self"]).json()["data"]["id"] == event["id"]
    response = ask.remove(night, event)
    assert response.status_code == 200
    assert response.json()["meta"]["status"] == "Removed"
    assert response.json()["data"]["id"] == event["id"]


def test_200_without_an_id_gives_one(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    del event["id"]
    response = ask.post(night, event)
    assert response.status_code == 200
    identifier = response.json()["data"]["id"]
    assert ask.event(night, identifier)["meta"]["state"] == "scheduled"
    # Without an id every request is one of its own: this one competes with the first.
    expect(ask.post(night, event), 409, ("conflict", START), document={"data": event})


def test_400_of_a_document_at_fault(ask: Asker, night: Night) -> None:
    document = {"data": static(night, 600, 10, zenith="90.000")}
    [error] = expect(
        ask.send("POST", night, document),
        400,
        ("outside-limits", "/data/attributes/zenith"),
        document=document,
    )
    assert "70" in error["detail"]
    assert "90.000" in error["detail"]


def test_404_of_things_that_are_not_there(ask: Asker, night: Night) -> None:
    for path in ("/", "/v1", "/v1/instrument/", "/v3/instrument", f"{night.instrument}/plan"):
        expect(ask.get(path), 404, ("not-found", None))
    for name in (str(uuid4()), "faim", "..%2f", "%00", "c7733ec3"):
        for rest in ("schedule", "event", f"event/{uuid4()}"):
            response = ask.get(f"/v1/instrument/{name}/{rest}")
            code = "not-found" if name == "..%2f" else "unknown-instrument"
            expect(response, 404, (code, None))
    expect(ask.get(f"{night.events}/{uuid4()}"), 404, ("unknown-event", None))
    expect(ask.get(f"{night.events}/no-uuid"), 404, ("unknown-event", None))
    expect(ask.remove(night, str(uuid4())), 404, ("unknown-event", None))


def test_404_for_an_event_of_another_instrument(ask: Asker, nights: Nights, night: Night) -> None:
    event = static(night, 600, 10)
    ask.add(night, event)
    other = nights.take(OTLICA)
    expect(ask.get(f"{other.events}/{event['id']}"), 404, ("unknown-event", None))
    expect(ask.remove(other, event), 404, ("unknown-event", None))
    assert ask.event(night, event["id"])["meta"]["state"] == "scheduled"


def test_409_says_rejected(ask: Asker, night: Night) -> None:
    ask.add(night, static(night, 600, 100))
    document = {"data": static(night, 650, 10)}
    response = ask.send("POST", night, document)
    expect(response, 409, ("conflict", START), document=document)
    assert response.json()["meta"] == {"status": "Rejected"}
    # What was not added is not there.
    expect(ask.get(f"{night.events}/{document['data']['id']}"), 404, ("unknown-event", None))


def test_409_of_a_wrong_type(ask: Asker, nights: Nights, night: Night) -> None:
    for wrong in ("profile", "Static", "", "event", "static "):
        document = {"data": {**static(night, 600, 10), "type": wrong}}
        response = ask.send("POST", night, document)
        expect(response, 409, ("schema", "/data/type"), document=document)
    lidar = nights.take(LIDAR)
    document = {"data": static(lidar, 3600, 600)}
    expect(ask.send("POST", lidar, document), 409, ("schema", "/data/type"), document=document)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (None, "(root)"),
        ([], "(root)"),
        ("text", "(root)"),
        (7, "(root)"),
        (True, "(root)"),
        ({}, "(root)"),
        ({"date": {}}, "(root)"),
        ({"data": None}, "/data"),
        ({"data": []}, "/data"),
        ({"data": [{}]}, "/data"),
        ({"data": "static"}, "/data"),
        ({"data": 1.5}, "/data"),
    ],
    ids=repr,
)
def test_400_without_a_resource(
    ask: Asker, night: Night, method: str, document: object, pointer: str
) -> None:
    expect(ask.send(method, night, document), 400, ("schema", pointer), document=document)


def test_400_names_every_member_that_is_missing(ask: Asker, night: Night) -> None:
    document: Json = {"data": {}}
    expect(
        ask.send("POST", night, document),
        400,
        ("schema", "/data"),
        ("schema", "/data"),
        document=document,
    )
    expect(
        ask.send("DELETE", night, document),
        400,
        ("schema", "/data"),
        ("schema", "/data"),
        document=document,
    )
    event = static(night, 600, 10)
    document = {"data": without(event, *event["attributes"])}
    missing = [("schema", "/data/attributes")] * 5
    errors = expect(ask.send("POST", night, document), 400, *missing, document=document)
    for name in event["attributes"]:
        assert sum(name in error["detail"] for error in errors) == 1


@pytest.mark.parametrize(
    "identifier",
    [
        7, None, True, [], {}, "", "7", "022539c2",
        "022539c2-4717-19b7-834e-91b5cae9653c",  # version 1
        "022539c2-4717-49b7-c34e-91b5cae9653c",  # another variant
        "{022539c2-4717-49b7-834e-91b5cae9653c}",
        "022539c2471749b7834e91b5cae9653c",
        "urn:uuid:022539c2-4717-49b7-834e-91b5cae9653c",
        "022539c2-4717-49b7-834e-91b5cae9653c\n",
        "022539c2-4717-49b7-834e-91b5cae9653\u0663",
    ],
    ids=repr,
)  # fmt: skip
def test_400_of_an_id_that_is_no_uuid4(ask: Asker, night: Night, identifier: object) -> None:
    """E5."""
    document: Json = {"data": {**static(night, 600, 10), "id": identifier}}
    expect(ask.send("POST", night, document), 400, ("schema", "/data/id"), document=document)
    document = {"data": {"type": "static", "id": identifier}}
    expect(ask.send("DELETE", night, document), 400, ("schema", "/data/id"), document=document)


@pytest.mark.parametrize("attributes", [None, [], "text", 5, True], ids=repr)
def test_400_of_attributes_that_are_no_object(ask: Asker, night: Night, attributes: object) -> None:
    document = {"data": {**static(night, 600, 10), "attributes": attributes}}
    pointer = "/data/attributes"
    expect(ask.send("POST", night, document), 400, ("schema", pointer), document=document)


def test_400_names_all_faults_at_once(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10, zenith="70.001", azimuth="360.001", number_of_photos=21)
    document = {"data": {**changed(event, colour="red"), "id": "seven"}}
    expect(
        ask.send("POST", night, document),
        400,
        ("schema", "/data/id"),
        ("outside-limits", "/data/attributes/zenith"),
        ("outside-limits", "/data/attributes/azimuth"),
        ("duration-mismatch", "/data/attributes/number_of_photos"),
        ("schema", "/data/attributes/colour"),
        document=document,
    )
    document = {
        "data": {
            "type": "static",
            "attributes": {
                "start_time": "2027-01-10T18:00:00+00:00",
                "end_time": "yesterday",
                "zenith": 60.3,
                "azimuth": "284.00",
                "number_of_photos": "2",
            },
        }
    }
    expect(
        ask.send("POST", night, document),
        400,
        ("not-utc", START),
        ("schema", END),
        ("schema", "/data/attributes/zenith"),
        ("schema", "/data/attributes/azimuth"),
        ("schema", "/data/attributes/number_of_photos"),
        document=document,
    )


def test_400_of_unknown_members_of_the_resource_and_attributes(ask: Asker, night: Night) -> None:
    names = ("a/b", "m~n", "Zenith", "", "start_time ", "priority", "ü")
    document = {"data": static(night, 600, 10, **dict.fromkeys(names, 1))}
    pointers = ["a~1b", "m~0n", "Zenith", "", "start_time ", "priority", "ü"]
    expect(
        ask.send("POST", night, document),
        400,
        *(("schema", f"/data/attributes/{name}") for name in pointers),
        document=document,
    )


def test_a_scan_has_no_direction(ask: Asker, night: Night) -> None:
    document = {"data": scan(night, 600, zenith="60.300")}
    expect(
        ask.send("POST", night, document),
        400,
        ("schema", "/data/attributes/zenith"),
        document=document,
    )
