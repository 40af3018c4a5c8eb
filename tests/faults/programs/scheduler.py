"""The scheduler, in a process that can be told to end itself at a named point."""

from __future__ import annotations

from typing import Any

from adapters.kafka.commands import KafkaCommands
from adapters.kafka.publisher import KafkaPublisher
from adapters.postgres.store import PostgresStore
from scheduler import __main__ as service
from scheduler.service.decide import Decider
from tests.faults.programs.arrange import arrange
from tests.faults.programs.control import DEADLY_AZIMUTH, end_now
from tests.faults.programs.crash_points import (
    CrashingCommands,
    CrashingPublisher,
    CrashingStore,
    Pass,
)


def place_crash_points(passing: Pass) -> None:
    """Put the crash points around everything the scheduler asks of others."""
    named: Any = service
    named.PostgresStore = lambda *given, **more: CrashingStore(
        PostgresStore(*given, **more), passing
    )
    named.KafkaCommands = lambda *given, **more: CrashingCommands(
        KafkaCommands(*given, **more), passing
    )
    named.KafkaPublisher = lambda *given, **more: CrashingPublisher(
        KafkaPublisher(*given, **more), passing
    )


def place_deadly_event() -> None:
    """Let the process die whenever it begins to decide a marked event."""
    decide: Any = Decider.decide

    def deadly(self: Decider, **given: Any) -> Any:
        for command in given["commands"]:
            if (
                command.event is not None
                and command.event.attributes.get("azimuth") == DEADLY_AZIMUTH
            ):
                end_now()
        return decide(self, **given)

    Decider.decide = deadly  # type: ignore[method-assign]


if __name__ == "__main__":
    control = arrange()
    place_crash_points(control.due)
    place_deadly_event()
    service.main()
