"""Problems: errors as JSON:API documents, and which status stands for which reason."""

from __future__ import annotations

import json

import pytest

from api.problems import STATUS, from_faults, problem, refusal
from models.errors import TITLES, Fault, Reason


def test_every_reason_has_a_status_and_a_title() -> None:
    assert set(STATUS) == set(TITLES) == set(Reason)
    assert all(400 <= status < 600 for status in STATUS.values())


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal(reason: Reason) -> None:
    found = refusal(reason, "expected this, got that")
    [error] = found.errors
    assert found.status == STATUS[reason]
    assert error["status"] == str(STATUS[reason])
    assert error["code"] == reason.value
    assert error["title"] == TITLES[reason]
    assert "source" not in error


def test_where_a_fault_is() -> None:
    faults = [
        Fault(reason=Reason.SCHEMA, detail="a", pointer="/data"),
        Fault(reason=Reason.SCHEMA, detail="b", pointer=""),
        Fault(reason=Reason.NOT_UTC, detail="c", parameter="filter[from]"),
        Fault(reason=Reason.SCHEMA, detail="d", header="Accept", meta={"n": 1}),
        Fault(reason=Reason.SCHEMA, detail="e"),
    ]
    found = from_faults(faults)
    assert found.status == 400
    assert [error.get("source") for error in found.errors] == [
        {"pointer": "/data"},
        {"pointer": ""},
        {"parameter": "filter[from]"},
        {"header": "Accept"},
        None,
    ]
    assert [error.get("meta") for error in found.errors] == [None, None, None, {"n": 1}, None]
    assert len({error["id"] for error in found.errors}) == len(faults)


def test_the_response() -> None:
    found = problem(418, "teapot", "expected coffee", headers={"Retry-After": "3"})
    response = found.response()
    assert response.status_code == 418
    assert response.headers["content-type"] == "application/vnd.api+json"
    assert response.headers["retry-after"] == "3"
    document = json.loads(bytes(response.body))
    assert set(document) == {"jsonapi", "errors"}
    assert document["errors"][0]["detail"] == "expected coffee"


def test_a_status_for_all() -> None:
    faults = [Fault(reason=Reason.CONFLICT, detail="a"), Fault(reason=Reason.SCHEMA, detail="b")]
    found = from_faults(faults, status=409, meta={"status": "Rejected"})
    assert [error["status"] for error in found.errors] == ["409", "409"]
    document = json.loads(bytes(found.response().body))
    assert document["meta"] == {"status": "Rejected"}
