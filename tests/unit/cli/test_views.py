"""Views and output: what is shown of events and of texts that came from elsewhere."""

from __future__ import annotations

import pytest

from cli.exits import ExitCode, Failure
from cli.output import printable
from cli.session import code_of, describe
from cli.views import block_row, clock_time, event_row, night_line, seconds_between

EVENT = {
    "type": "static",
    "id": "e",
    "attributes": {
        "start_time": "2026-11-21T18:42:24.913Z",
        "end_time": "2026-11-21T18:42:25.913Z",
        "zenith": "60.300",
        "number_of_photos": 2,
    },
}


def test_an_event_in_a_pipe_and_on_a_terminal() -> None:
    row = event_row({**EVENT, "meta": {"night": "2026-11-21", "state": "scheduled"}})
    start, end = EVENT["attributes"]["start_time"], EVENT["attributes"]["end_time"]
    own = "zenith=60.300 number_of_photos=2"
    assert row.plain == [start, end, "static", "e", "2026-11-21", "scheduled", own]
    assert row.shown == ["2026-11-21", "18:42:24.913", "1", "static", "e", "60.300 2"]


def test_a_filler_is_called_one() -> None:
    assert block_row({**EVENT, "meta": {"filler": True}}).plain[3] == "filler"
    assert block_row({**EVENT, "meta": {"filler": False}}).plain[3] == "event"


def test_whole_seconds_have_no_decimals() -> None:
    assert clock_time("2026-11-21T18:42:24.000Z") == "18:42:24"
    assert seconds_between("2026-11-21T23:59:59.500Z", "2026-11-22T00:00:00.000Z") == "0.5"
    assert seconds_between("-", "-") == "-"


def test_a_night_in_one_line() -> None:
    meta = {"night": "2026-11-21", "revision": 7, "dark": True, "dusk": "a", "dawn": "b"}
    seconds = {"requested_seconds": 1.0, "filled_seconds": 50307.0, "idle_seconds": 120.5}
    assert night_line({**meta, **seconds, "solver": {"status": "optimal"}}, "faim") == (
        "faim, night 2026-11-21, revision 7: a to b; "
        "requested 1 s, filled 50307 s, idle 120.5 s, optimal"
    )
    assert night_line({**meta, "dark": False}, "faim").endswith("revision 7: no darkness")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Andøya 17°", "Andøya 17°"), ("a\x1b[2Jb", "a\\x1b[2Jb"), ("\ud800\n", "\\ud800\\n")],
)
def test_nothing_is_printed_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, ExitCode.DONE),
        (302, ExitCode.DONE),
        (400, ExitCode.REJECTED),
        (401, ExitCode.NOT_ALLOWED),
        (403, ExitCode.NOT_ALLOWED),
        (404, ExitCode.REJECTED),
        (409, ExitCode.REJECTED),
        (429, ExitCode.UNREACHABLE),
        (500, ExitCode.UNREACHABLE),
        (503, ExitCode.UNREACHABLE),
        (504, ExitCode.UNREACHABLE),
    ],
)
def test_exit_codes(status: int, code: ExitCode) -> None:
    assert code_of(status) is code


def test_an_error_without_anything_is_still_described() -> None:
    assert describe({}) == "error: no detail"


def test_a_failure_of_our_own_has_a_document() -> None:
    error = Failure(ExitCode.UNREACHABLE, "nobody", reason="unreachable").document["errors"][0]
    assert (error["code"], error["detail"]) == ("unreachable", "nobody")
