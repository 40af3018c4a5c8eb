"""Questions: what would become of an event, and why one is or is not scheduled.

They are answered by the very steps that decide a command, over the same night, so
that the answer is what a submission at this moment would get.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.command import Command, CommandKind
from models.errors import Fault, Reason
from models.event import WANTED, Event, OnConflict, Record
from models.identity import Caller, Group
from models.instant import format_instant
from models.outcome import Outcome, Status
from scheduler.ports import Transaction
from scheduler.service.alternatives import candidates
from scheduler.service.compound import GOOD
from scheduler.service.decide import reject
from scheduler.service.nights import Loaded, Nights, unknown_event

MOST_ALTERNATIVES = 4
"""Alternatives in one answer."""
NOBODY = Caller(subject="nightplan", username="nightplan", groups=frozenset({Group.OPERATOR}))


class Questions:
    """Answers questions about the nights of one scheduling group.

    Parameters
    ----------
    nights
        The nights.
    """

    def __init__(self, nights: Nights) -> None:
        self._nights = nights

    async def answer(self, transaction: Transaction, question: Command) -> Outcome:
        """The answer to a question; what the transaction did is to be taken back."""
        now = await transaction.now()
        if question.instrument not in self._nights.instruments:
            fault = Fault(reason=Reason.UNKNOWN_INSTRUMENT, detail="no such instrument here")
            return reject(question, (fault,), now)
        if question.kind is CommandKind.EXPLAIN:
            return await self._explain(transaction, question)
        return await self._try(transaction, question)

    async def _try(self, transaction: Transaction, question: Command) -> Outcome:
        assert question.event is not None  # noqa: S101 - by the command's own check
        addition = question.model_copy(update={"kind": CommandKind.ADD})
        served = self._nights.instruments[question.instrument]
        place = self._nights.place_event(served, addition, question.event)
        if isinstance(place, Fault):
            outcome = reject(question, (place,), await transaction.now())
            return _answered(question, outcome, _feasibility(outcome, question.event, ()))
        loaded = await self._nights.load(transaction, *place, [addition])
        decision = await self._nights.decide(loaded, [addition])
        outcome = decision.outcomes[0][1]
        more: Sequence[dict[str, Any]] = ()
        if outcome.status is not Status.ADDED:
            more = await self._alternatives(loaded, addition, question.event)
        return _answered(question, outcome, _feasibility(outcome, question.event, more))

    async def _explain(self, transaction: Transaction, question: Command) -> Outcome:
        record = await transaction.find_event(question.target)
        if record is None or record.event.instrument != question.instrument:
            return reject(question, (unknown_event(question),), await transaction.now())
        if record.state not in WANTED:
            facts: dict[str, Any] = {"state": record.state.value, **_reasons(())}
            outcome = Outcome(
                command=question.id,
                body_hash=question.body_hash,
                status=Status.ANSWERED,
                decided_at=await transaction.now(),
            )
            return _answered(question, outcome, facts)
        # As if it were asked for anew, by somebody who may.
        event = record.event.model_copy(update={"on_conflict": OnConflict.REJECT})
        anew = question.model_copy(
            update={"kind": CommandKind.CHANGE, "event": event, "caller": NOBODY}
        )
        loaded = await self._nights.load(transaction, record.event.instrument, record.night, [anew])
        decision = await self._nights.decide(loaded, [anew])
        outcome = decision.outcomes[0][1]
        more: Sequence[dict[str, Any]] = ()
        if outcome.status not in GOOD:
            more = await self._alternatives(loaded, anew, event)
        return _answered(question, outcome, _explanation(record, outcome, more))

    async def _alternatives(
        self, loaded: Loaded, command: Command, event: Event
    ) -> Sequence[dict[str, Any]]:
        """What else would be accepted: each was tried."""
        found: list[dict[str, Any]] = []
        kinds: list[str] = []
        served = self._nights.instruments[event.instrument]
        for candidate in candidates(served, loaded.state, event, command.caller.priority_cap):
            if len(found) == MOST_ALTERNATIVES or kinds.count(candidate.kind) == candidate.most:
                continue
            tried = command.model_copy(update={"event": candidate.event})
            decision = await self._nights.decide(loaded, [tried])
            outcome = decision.outcomes[0][1]
            if outcome.status in {Status.ADDED, Status.CHANGED}:
                kinds.append(candidate.kind)
                found.append(
                    {
                        "kind": candidate.kind,
                        "detail": candidate.detail,
                        "attributes": dict(candidate.attributes),
                        "displaces": [str(other) for other in outcome.displaced],
                    }
                )
        return found


def _answered(question: Command, outcome: Outcome, facts: dict[str, Any]) -> Outcome:
    return Outcome(
        command=question.id,
        body_hash=question.body_hash,
        status=Status.ANSWERED,
        answer=facts,
        night=outcome.night,
        revision=outcome.revision,
        decided_at=outcome.decided_at,
    )


def _reasons(faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "reason": faults[0].reason.value if faults else None,
        "detail": "; ".join(fault.detail for fault in faults),
        "events": [event for fault in faults for event in fault.meta.get("events", ())],
        "reasons": [fault.model_dump(mode="json") for fault in faults],
    }


def _feasibility(
    outcome: Outcome, event: Event, alternatives: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    start = outcome.start
    return {
        "accepted": outcome.status is Status.ADDED,
        "waits": outcome.status is Status.WAITING,
        "start_time": None if start is None else format_instant(start),
        "end_time": None if start is None else format_instant(start + event.duration),
        "displaces": [str(other) for other in outcome.displaced],
        "moves": [str(other) for other in outcome.moved],
        "schedules": [str(other) for other in outcome.scheduled],
        "alternatives": list(alternatives),
        **_reasons(outcome.faults),
    }


def _explanation(
    record: Record, outcome: Outcome, alternatives: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "state": record.state.value,
        "start_time": None if outcome.start is None else format_instant(outcome.start),
        "priority": record.event.priority,
        "seconds": record.event.duration_ms / 1000,
        "alternatives": list(alternatives),
        **_reasons(outcome.faults),
    }
