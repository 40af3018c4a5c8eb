"""Every planted bug is noticed by the rules that are there for it, and nothing without a bug."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future

import pytest

from tests.faults.checker import RULES
from tests.faults.mutants import SOUND, Played, playing
from tests.faults.mutations import NAMES
from tests.faults.scenes import EXPECTED, SCENES


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Played]]]:
    """All of them, under way."""
    with playing((SOUND, *NAMES), tmp_path_factory.mktemp("mutants")) as found:
        yield found


def test_every_bug_has_a_scene_and_rules_that_notice_it() -> None:
    assert set(SCENES) == set(EXPECTED) == set(NAMES)
    assert all(EXPECTED[name] and EXPECTED[name] <= set(RULES) for name in NAMES)


@pytest.mark.parametrize("name", [SOUND, *NAMES])
def test_a_bug_is_noticed(plays: Mapping[str, Future[Played]], name: str) -> None:
    played = plays[name].result()
    assert not played.wrong, str(played)
