"""The system under test: started once, asked over HTTP only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.asking import Asker
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import System, running_system
from tests.end_to_end.witness import Witness


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Databases and brokers."""
    found = Surroundings(tmp_path_factory.mktemp("surroundings"))
    yield found
    found.stop()


@pytest.fixture(scope="session")
def system(
    surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """The system that most tests ask; it is neither stopped nor disturbed."""
    logs = tmp_path_factory.mktemp("logs")
    with running_system(logs, surroundings.start("main")) as found:
        yield found


@pytest.fixture(scope="session")
def witness() -> Witness:
    """Looks at every answer."""
    return Witness()


@pytest.fixture(scope="session")
def ask(system: System, witness: Witness) -> Iterator[Asker]:
    """The API of the system."""
    asker = Asker(system.url, witness)
    yield asker
    asker.close()


@pytest.fixture(scope="session")
def nights(ask: Asker) -> Nights:
    """Gives out nights."""
    return Nights(ask.client)


@pytest.fixture
def night(nights: Nights) -> Night:
    """A night of the FAIM at Oberpfaffenhofen that no other test uses."""
    return nights.take()
