"""Settle: a decision made again, beside the one of then. Pure.

Whatever came out the same is stored in the words of then, so that the same id
gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from models.command import Command
from models.outcome import Outcome, Status
from scheduler.replay.history import Decided
from scheduler.service.decide import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A command of which something else became than the first time."""

    command: Command
    then: Outcome
    now: Outcome


def as_stored(outcome: Outcome) -> Outcome:
    """A published outcome as the database has it: only with what its own solve took."""
    timings = {}
    if outcome.status is not Status.REJECTED:
        timings = {name: ms for name, ms in outcome.timings.items() if name == "solve"}
    return outcome.model_copy(update={"timings": timings})


def same(first: Outcome, second: Outcome) -> bool:
    """Whether two outcomes say the same, however long they took."""
    return _untimed(first) == _untimed(second)


def _untimed(outcome: Outcome) -> Outcome:
    parts = tuple(part.model_copy(update={"timings": {}}) for part in outcome.parts)
    return outcome.model_copy(update={"timings": {}, "parts": parts})


def surprises(batch: Sequence[Decided], decision: Decision) -> bool:
    """Whether a command that was rejected then would be carried out now."""
    rejected = {each.command.id for each in batch if each.rejected}
    return any(
        command.id in rejected and outcome.status is not Status.REJECTED
        for command, outcome in decision.outcomes
    )


def raise_revision(decision: Decision, revision: int) -> Decision:
    """The decision with at least the revision that the night had after it then.

    Numbers may so be skipped; what kept its number then keeps it now.
    """
    update = decision.update
    if update is None or update.schedule.revision >= revision:
        return decision
    numbered = {"revision": revision}
    return Decision(
        outcomes=tuple(
            (command, outcome.model_copy(update=numbered) if outcome.night else outcome)
            for command, outcome in decision.outcomes
        ),
        update=replace(update, schedule=update.schedule.model_copy(update=numbered)),
        changes=tuple(change.model_copy(update=numbered) for change in decision.changes),
    )


def settle(batch: Sequence[Decided], decision: Decision) -> tuple[Decision, list[Difference]]:
    """The decision with the outcomes of then, as far as they still hold.

    Parameters
    ----------
    batch
        The commands and their first outcomes. What was rejected stays rejected.
    decision
        What was decided now, about all of them or all but those rejected.

    Returns
    -------
    tuple
        The decision to store, with an outcome for each of the batch; and where it differs.
    """
    decided: Mapping[UUID, Outcome] = {
        command.id: outcome for command, outcome in decision.outcomes
    }
    outcomes, differences = [], []
    for each in batch:
        now = decided.get(each.command.id, each.outcome)
        if each.rejected or same(each.outcome, now):
            now = as_stored(each.outcome)
        else:
            differences.append(Difference(command=each.command, then=each.outcome, now=now))
        outcomes.append((each.command, now))
    settled = Decision(outcomes=tuple(outcomes), update=decision.update, changes=decision.changes)
    return settled, differences
