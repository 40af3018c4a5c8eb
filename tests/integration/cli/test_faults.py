"""What the client does when the server does not do what it should."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

EVENT = {"type": "scan", "attributes": {}}
ADDED = {"data": {**EVENT, "id": "x"}, "meta": {"status": "Added"}}
BUSY = {"errors": [{"status": "503", "code": "overloaded", "detail": "too many wait"}]}
SUBMIT = ("submit", "-", "--instrument", "x")


def test_a_busy_server_is_asked_again_for_the_same_event(scripted: Any) -> None:
    scripted.will_say(503, BUSY, Retry_After="1")
    scripted.will_say(504, BUSY, Retry_After="1")
    scripted.will_say(200, ADDED)
    begin = time.monotonic()
    done = scripted.command()(*SUBMIT, stdin=json.dumps(EVENT))
    assert done.code == 0
    assert time.monotonic() - begin > 2.0
    assert done.err.count("the same request is sent again") == 2
    ids = {body["data"]["id"] for _, _, _, body in scripted.asked}
    assert (len(scripted.asked), len(ids)) == (3, 1)


def test_a_server_that_stays_busy_is_given_up(scripted: Any) -> None:
    scripted.will_say(503, BUSY, Retry_After="0")
    done = scripted.command()(*SUBMIT, "--json", stdin=json.dumps(EVENT))
    assert (done.code, len(scripted.asked)) == (5, 3)
    assert done.document == BUSY
    assert "Try again later" in done.err


def test_a_server_that_wants_a_long_pause_is_given_up_at_once(scripted: Any) -> None:
    scripted.will_say(503, BUSY, Retry_After="3600")
    done = scripted.command()(*SUBMIT, stdin=json.dumps(EVENT))
    assert (done.code, len(scripted.asked)) == (5, 1)


def test_a_rejection_is_not_sent_again(scripted: Any) -> None:
    scripted.will_say(409, {"errors": [{"code": "conflict"}], "meta": {"status": "Rejected"}})
    done = scripted.command()(*SUBMIT, stdin=json.dumps(EVENT))
    assert (done.code, len(scripted.asked)) == (4, 1)


def test_what_was_not_sent_is_said(scripted: Any) -> None:
    scripted.will_say(200, ADDED)
    scripted.will_say(401, {"errors": [{"code": "unauthenticated", "detail": "who?"}]})
    done = scripted.command()(*SUBMIT, stdin=json.dumps([EVENT] * 5))
    assert done.code == 3
    assert "stopped at event 2 of 5" in done.err
    assert "3 more were not sent" in done.err


def test_a_lost_answer_is_asked_for_again(scripted: Any) -> None:
    scripted.will_say(0, b"")
    scripted.will_say(200, ADDED)
    done = scripted.command()(*SUBMIT, stdin=json.dumps(EVENT))
    assert (done.code, len(scripted.asked)) == (0, 2)
    assert done.err.count("the same request is sent again") == 1


def test_an_outcome_that_stays_unknown_is_said_with_the_id(scripted: Any) -> None:
    scripted.will_say(0, b"")
    done = scripted.command()(*SUBMIT, stdin=json.dumps({**EVENT, "id": "my-id"}))
    assert (done.code, len(scripted.asked)) == (5, 3)
    assert "id my-id" in done.err
    assert "unknown" in done.err


def test_reads_are_not_repeated(scripted: Any) -> None:
    scripted.will_say(503, BUSY)
    done = scripted.command()("events", "--instrument", "x")
    assert (done.code, len(scripted.asked)) == (5, 1)


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, b"<html>welcome</html>", 5),
        (200, b"[]", 5),
        (302, b"", 5),
        (404, b"not found", 4),
        (403, b"", 3),
        (502, b"<html>bad gateway</html>", 5),
    ],
)
def test_another_server_is_not_mistaken_for_nightplan(
    scripted: Any, status: int, content: bytes, code: int
) -> None:
    scripted.will_say(status, content)
    done = scripted.command()("events", "--instrument", "x")
    assert done.code == code
    assert "--server" in done.err


def test_nobody_there(command: Any) -> None:
    done = command("events", "--json", "--server", "http://127.0.0.1:9")
    assert done.code == 5
    assert "nightplan up" in done.err
    assert done.document["errors"][0]["code"] == "unreachable"


def test_the_key_goes_into_the_header_and_ids_into_the_path(scripted: Any) -> None:
    scripted.will_say(404, {"errors": [{"code": "unknown-event"}]})
    scripted.command()("show", "a/b?c", "--instrument", "ü")
    method, path, headers, _ = scripted.asked[0]
    assert (method, path) == ("GET", "/v1/instrument/%C3%BC/event/a%2Fb%3Fc")
    assert headers["x-api-key"] == "a-key"
    assert headers["accept"] == "application/vnd.api+json"


def test_a_broken_schedule_is_not_given_to_a_controller(scripted: Any) -> None:
    block = {
        "type": "scan",
        "id": "022539c2-4717-49b7-834e-91b5cae9653c",
        "attributes": {"start_time": "2026-11-21T20:00:00Z", "end_time": "2026-11-21T20:02:03Z"},
    }
    meta = {
        "instrument": "c7733ec3-a799-4c11-aa97-b344e60aafad",
        "night": "2026-11-21",
        "dusk": "2026-11-21T16:00:00Z",
        "dawn": "2026-11-22T05:00:00Z",
        "revision": 1,
    }
    scripted.will_say(200, {"data": [block, block], "meta": meta})
    done = scripted.command()("schedule", "--instrument", "x", "--format", "txt")
    assert (done.code, done.out) == (5, "")
    assert "before block" in done.err


def test_an_instrument_that_is_not_installed_has_no_plain_text(scripted: Any) -> None:
    meta = {
        "instrument": "00000000-0000-4000-8000-000000000000",
        "night": "2026-11-21",
        "dusk": None,
        "dawn": None,
        "revision": 0,
    }
    scripted.will_say(200, {"data": [], "meta": meta})
    done = scripted.command()("schedule", "--instrument", "x", "--format", "txt")
    assert done.code == 2
    assert "not installed here" in done.err
