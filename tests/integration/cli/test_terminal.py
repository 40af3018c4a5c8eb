"""What a person sees: tables and colours on a terminal, neither in a pipe."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

ESCAPE = "\x1b["


def submitted(client: Any, night: date) -> str:
    times = {"start_time": f"{night}T22:00:00.000Z", "end_time": f"{night}T22:02:03.000Z"}
    done = client("submit", "-", stdin=json.dumps({"type": "scan", "attributes": times}))
    assert done.code == 0
    return str(done.lines[0][2])


def test_a_table_with_titles_on_a_terminal(client: Any, night: date) -> None:
    event = submitted(client, night)
    asked = ("events", "--from", str(night))
    shown = client.on_terminal(*asked)
    assert shown.code == 0
    assert ESCAPE in shown.out
    assert "Night" in shown.out
    assert event in shown.out
    piped = client(*asked)
    assert ESCAPE not in piped.out
    assert "Night" not in piped.out
    assert event in [fields[3] for fields in piped.lines]


def test_no_colour_where_none_is_wanted(client: Any, night: date) -> None:
    event = submitted(client, night)
    asked = ("show", event)
    for unwanted in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        shown = client.on_terminal(*asked, **unwanted)
        assert ESCAPE not in shown.out
        assert event in shown.out


def test_a_schedule_on_a_narrow_terminal_keeps_its_ids(client: Any, night: date) -> None:
    event = submitted(client, night)
    shown = client.on_terminal("schedule", "--night", str(night), columns=80)
    assert event in shown.out
    assert f"night {night}, revision" in shown.out
    assert "filler" in shown.out


def test_documents_on_a_terminal_are_json_too(client: Any) -> None:
    shown = client.on_terminal("instruments", "--json", columns=40)
    assert len(json.loads(shown.out)["data"]) >= 3


def test_what_a_server_says_cannot_move_the_cursor(scripted: Any) -> None:
    error = {"code": "schema", "detail": "\x1b[2J\x07gone", "source": {"pointer": "/a\nb"}}
    scripted.will_say(400, {"errors": [error]})
    done = scripted.command().on_terminal("events", "--instrument", "x")
    assert done.code == 4
    assert "\\x1b[2J\\x07gone" in done.err
    assert "\x1b" not in done.err
