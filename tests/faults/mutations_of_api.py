"""Bugs to plant into the API and the sidecar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from adapters.http.sidecar import SidecarReader
from adapters.kafka.dispatcher import KafkaDispatcher
from api import asking
from models.command import Command
from models.errors import Unreachable
from models.outcome import Outcome, Status
from models.reading import Unchanged
from tests.faults.planting import original, plant


def match_on_id_alone() -> None:
    """Hand an outcome to all who wait for its id."""

    def hand_over(self: KafkaDispatcher, value: bytes) -> None:
        outcome = Outcome.model_validate_json(value)
        self._courier.heard(outcome)
        for (command, _), answers in self._waiting.items():
            for answer in answers if command == outcome.command else ():
                if not answer.done():
                    answer.set_result(outcome)

    plant(KafkaDispatcher, "_hand_over", hand_over)


def answer_success_on_timeout() -> None:
    """Take no answer for a good one."""
    before = original(KafkaDispatcher, "ask")

    async def ask(self: KafkaDispatcher, command: Command, group: Any, timeout: float) -> Any:  # noqa: ASYNC109 - as the original
        try:
            return await before(self, command, group, timeout)
        except Unreachable:
            if command.event is None:
                raise
            return Outcome(
                command=command.id,
                body_hash=command.body_hash,
                status=Status.ADDED,
                event=command.event,
                decided_at=datetime.now(UTC),
            )

    plant(KafkaDispatcher, "ask", ask)


def ignore_keys() -> None:
    """Take every request for a new one."""
    plant(asking, "read_key", lambda _: None)


def trust_the_cache() -> None:
    """Say of whatever is known that it is the newest."""
    before = original(SidecarReader, "read_schedule")

    async def read_schedule(
        self: SidecarReader, instrument: UUID, night: date | None, known: Sequence[str]
    ) -> Any:
        return Unchanged(tag=known[-1]) if known else await before(self, instrument, night, known)

    plant(SidecarReader, "read_schedule", read_schedule)


def serve_all() -> None:
    """Serve schedules unseen (in the sidecar)."""
    from sidecar import schedules

    plant(schedules, "verify", lambda _: None)
