"""The benchmark's night and figures."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from itertools import islice, pairwise

from bench.submit.measure import Measured
from bench.submit.night import EmptyNight, requests
from bench.submit.report import as_document, as_lines, summarise
from instruments import find
from instruments.validation import check_attributes
from models.instant import parse_instant

NIGHT = EmptyNight(
    path="/v1/instrument/x",
    date=date(2026, 12, 21),
    dusk=datetime(2026, 12, 21, 16, 0, 0, 123000, tzinfo=UTC),
    dawn=datetime(2026, 12, 22, 6, 0, 0, 456000, tzinfo=UTC),
)


def spans(documents: list[dict]) -> list[tuple[datetime, datetime]]:
    times = [document["data"]["attributes"] for document in documents]
    return sorted((parse_instant(t["start_time"]), parse_instant(t["end_time"])) for t in times)


def test_events_are_valid_and_never_overlap() -> None:
    faim = find("faim_oberpfaffenhofen")
    assert faim is not None
    stay, others = requests(NIGHT, 50, random.Random(7))
    some = list(islice(others, 100))
    for document in [*stay, *some]:
        attributes = document["data"]["attributes"]
        assert check_attributes(faim.event_types["static"], attributes) == []
    assert len({document["data"]["id"] for document in [*stay, *some]}) == 150
    for other in some:
        taken = spans([*stay, other])
        assert NIGHT.dusk <= taken[0][0]
        assert taken[-1][1] <= NIGHT.dawn
        assert all(a[1] <= b[0] for a, b in pairwise(taken))


def test_ranks_are_of_values_that_were_measured() -> None:
    assert summarise([float(n) for n in range(1, 101)]) == {
        "p50": 50.0, "p90": 90.0, "p99": 99.0, "worst": 100.0,
    }  # fmt: skip
    assert set(summarise([3.0]).values()) == {3.0}


def test_figures_for_people() -> None:
    found = Measured(night=NIGHT.date, resident=50)
    found.posts.extend([10.0, 200.0])
    found.stages["queue"] = [1.0, 2.0]
    for values in (found.deletes, found.downloads, found.unchanged):
        values.append(1.0)
    lines = as_lines(as_document(found, 12.0))
    assert lines[0].startswith("2 requests one by one, 50 events in the night of 2026-12-21")
    assert lines[-1] == "target: p50 within 30, p99 above 100"
