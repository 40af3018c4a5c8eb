"""What a replay prints, and what it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.errors import Fault, Reason
from models.outcome import Outcome, Status
from scheduler.replay.__main__ import main
from scheduler.replay.history import Decided
from scheduler.replay.replay import Report
from scheduler.replay.settle import Difference, as_stored
from scheduler.replay.text import lines
from tests.unit.scheduler.service.world import ALICE, BOSS, DAY, NOON, add, event, remove

FIRST, SECOND = event(600, 100), event(650, 100)
ADD, REMOVE = add(FIRST, by=ALICE), remove(SECOND, by=BOSS)
ADDED = Outcome(
    command=ADD.id,
    body_hash=ADD.body_hash,
    status=Status.ADDED,
    displaced=(SECOND.id,),
    night=DAY,
    revision=7,
    decided_at=NOON,
    timings={"solve": 0.5, "queue": 1.0},
)
REMOVED = Outcome(
    command=REMOVE.id,
    body_hash=REMOVE.body_hash,
    status=Status.REMOVED,
    scheduled=(FIRST.id,),
    night=DAY,
    revision=6,
    decided_at=NOON - timedelta(seconds=1),
)
REJECTED = Outcome(
    command=ADD.id,
    body_hash=ADD.body_hash,
    status=Status.REJECTED,
    faults=(Fault(reason=Reason.CONFLICT, detail="no"),),
    decided_at=NOON,
    timings={"queue": 1.0},
)


def report() -> Report:
    return Report(
        group="faim",
        replayed=[Decided(command=ADD, outcome=ADDED)],
        known=12,
        left_out=[Decided(command=REMOVE, outcome=REMOVED)],
        differing=[Difference(command=ADD, then=ADDED, now=REJECTED)],
    )


def test_a_replay_tells_figures_and_what_differs() -> None:
    assert list(lines([report(), Report(group="lidar_alomar")], dry=False)) == [
        "group         replayed  already there  left out  differing",
        "faim                 1             12         1          1",
        "lidar_alomar         0              0         0          0",
        "",
        "left out",
        f"  2026-11-21T11:59:59.000Z remove {REMOVE.id} of {SECOND.id} by boss: removed in "
        f"revision 6 of 2026-11-21, scheduling {FIRST.id}",
        "",
        "differing",
        f"  2026-11-21T12:00:00.000Z add {ADD.id} by alice: then added in revision 7 of "
        f"2026-11-21, displacing {SECOND.id}; now rejected (conflict)",
    ]


def test_a_dry_run_lists_what_there_is_to_do() -> None:
    found = list(lines([report()], dry=True))
    assert found[:2] == [
        "group  would be replayed  already there  left out",
        "faim                   1             12         1",
    ]
    listed = found[found.index("would be replayed") + 1]
    assert listed.startswith(f"  2026-11-21T12:00:00.000Z add {ADD.id} by alice: added")


def test_what_is_stored_has_only_its_own_solve() -> None:
    assert as_stored(ADDED).timings == {"solve": 0.5}
    assert as_stored(REJECTED).timings == {}


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--since", "yesterday"],
        ["--since", "2026-11-21T18:42:24.913+01:00"],
        ["--since", "2026-11-21T18:42:24.913Z", "--without", "not-an-id"],
    ],
)
def test_usage(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(given)
    assert exit_.value.code == 2
    assert "nightplan replay: error: " in capsys.readouterr().err


def test_an_unknown_group_is_a_matter_of_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NIGHTPLAN_GROUPS", "radar")
    assert main(["--since", "2026-11-21T18:42:24.913Z"]) == 2
    assert "NIGHTPLAN_GROUPS: expected some of faim" in capsys.readouterr().err
