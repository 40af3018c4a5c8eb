"""The README's tour: every command in it works and prints what the README shows.

How two runs are compared, whose ids, dates and times differ, is described in tools/tour.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from instruments import find
from models.night import find_night
from tools.local_system import running_system
from tools.tour import README, SERVER, Matcher, matcher, read_tour, run_tour

STEPS = read_tour(README.read_text(encoding="utf-8"))
MISSING_R = (
    "THE TOUR'S R BLOCK WAS NOT RUN: Rscript with httr2 and jsonlite is missing; "
    "on Debian: apt-get install r-base-core r-cran-httr2 r-cran-jsonlite"
)


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each step prints on a system of its own."""
    with running_system(tmp_path_factory.mktemp("tour")) as server:
        return [text.replace(server, SERVER) for text in run_tour(STEPS, server)]


@pytest.fixture(scope="session")
def compare() -> Matcher:
    """One matcher for the whole tour: an id stays the same from step to step."""
    return matcher(STEPS)


def has_r() -> bool:
    """Whether R with what the tour needs is installed."""
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "library(httr2); library(jsonlite)"]
    return subprocess.run(asked, capture_output=True).returncode == 0


def test_the_tour_has_its_three_languages() -> None:
    assert {step.language for step in STEPS} == {"sh", "r", "python"}
    assert len(STEPS) >= 10


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_step_prints_what_the_readme_shows(
    number: int, printed: list[str], compare: Matcher
) -> None:
    step = STEPS[number]
    if step.language == "r" and not has_r():
        if os.environ.get("NIGHTPLAN_REQUIRE_R"):
            pytest.fail(MISSING_R)
        pytest.skip(MISSING_R)
    assert len(printed) == len(STEPS), printed
    assert compare.differences(step.prints, printed[number]) == []


def test_the_readme_shows_what_every_step_prints(printed: list[str]) -> None:
    silent = [step.source for step, text in zip(STEPS, printed, strict=True) if not step.prints]
    assert silent == []


ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"


def test_an_id_stands_for_one_other_id() -> None:
    compare = Matcher(frozenset())
    assert compare.differences(f"{ONE} {ONE}", f"{TWO} {TWO}") == []
    assert compare.differences(ONE, ONE) != []


def test_two_ids_do_not_become_one() -> None:
    compare = Matcher(frozenset())
    assert compare.differences(f"{ONE} {TWO}", f"{TWO} {TWO}") != []


def test_times_that_a_step_writes_stay() -> None:
    compare = Matcher(frozenset({"22:00:00"}))
    assert compare.differences("22:00:00.000", "22:00:01.000") != []
    assert compare.differences("16:03:50.855", "19:44:01.002") == []


def test_other_numbers_and_words_stay() -> None:
    compare = Matcher(frozenset())
    assert compare.differences('"revision": 2', '"revision": 3') != []
    assert compare.differences('"status": "Added"', '"status": "Rejected"') != []
    assert compare.differences('"idle_seconds": 80.556', '"idle_seconds": 9.1') == []


def test_a_missing_line_is_told() -> None:
    assert Matcher(frozenset()).differences("a\nb", "a") != []


def test_the_hour_of_the_tour_is_dark_in_every_night() -> None:
    site = find("faim_oberpfaffenhofen").site
    for day in range(366):
        night = find_night(site, date(2028, 1, 1) + timedelta(days=day))
        at = datetime.combine(night.date, time(22), UTC)
        assert night.contains(at, at + timedelta(hours=1)), night.date


def test_the_commands_of_the_readme_exist_in_the_makefile() -> None:
    makefile = (Path(README).parent / "Makefile").read_text(encoding="utf-8")
    for target in ("up", "test", "check", "picture"):
        assert f"\n{target}:" in makefile
