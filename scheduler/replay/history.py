"""History: what was decided, as the log tells it, in the batches and the order of then. Pure.

One transaction decided what has the same ``decided_at``, and a night's revisions
count its transactions, so that outcomes and changes tell both. Plans that were
made without a command show only by the events that expired in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.command import Command
from models.errors import Reason
from models.event import State
from models.outcome import Change, Outcome, Status

NightKey = tuple[UUID, date]
"""An instrument and the date of one of its nights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A command and what became of it the first time."""

    command: Command
    outcome: Outcome

    @property
    def rejected(self) -> bool:
        """Whether it was not carried out."""
        return self.outcome.status is Status.REJECTED

    @property
    def given_up(self) -> bool:
        """Whether it was poisonous: never decided, and not to be begun again."""
        return self.rejected and any(
            fault.reason is Reason.TIMEOUT for fault in self.outcome.faults
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction decided.

    Parameters
    ----------
    at
        The database's clock then.
    decided
        In the order in which it was decided; empty for a plan without a command.
    night
        Where it is known: a rejection tells none.
    revision
        Of the night after it; 0 where it is not known.
    expired
        The events that expired in it.
    """

    at: datetime
    decided: tuple[Decided, ...] = ()
    night: NightKey | None = None
    revision: int = 0
    expired: frozenset[UUID] = frozenset()


def join(
    commands: Iterable[Command], outcomes: Iterable[Outcome]
) -> tuple[list[Decided], list[Outcome]]:
    """Find the command of each outcome.

    Parameters
    ----------
    commands
        In the order of the log; some were sent twice, some never decided.
    outcomes
        In the order of the log; some were published twice.

    Returns
    -------
    tuple
        Commands with their outcomes, in the order of the outcomes; and outcomes
        whose command is not there.
    """
    sent: defaultdict[tuple[UUID, str], list[Command]] = defaultdict(list)
    for command in commands:
        sent[command.id, command.body_hash].append(command)
    first: dict[UUID, Outcome] = {}
    for outcome in outcomes:
        # Said to whoever used a taken id or key; never stored.
        if not any(fault.reason is Reason.ID_CONFLICT for fault in outcome.faults):
            first.setdefault(outcome.command, outcome)
    found, alone = [], []
    for outcome in first.values():
        asked = sent.get((outcome.command, outcome.body_hash))
        if asked is None:
            alone.append(outcome)
            continue
        if asked[0].kind.is_question:
            continue  # answered, not kept
        valid = [command for command in asked if command.expires_at > outcome.decided_at]
        found.append(Decided(command=(valid or asked)[0], outcome=outcome))
    return found, alone


def arrange(decided: Sequence[Decided], changes: Iterable[Change]) -> list[Batch]:
    """The batches in which it was decided, in the order of then.

    Parameters
    ----------
    decided
        From :func:`join`.
    changes
        Every change that was announced in the same time, in any order, some twice.
    """
    together: defaultdict[datetime, list[Decided]] = defaultdict(list)
    for each in decided:
        together[each.outcome.decided_at].append(each)
    steps: defaultdict[datetime, list[Change]] = defaultdict(list)
    for change in changes:
        steps[change.at].append(change)
    batches = [_batch(at, some, steps.get(at, ())) for at, some in together.items()]
    for at, some in steps.items():
        # Only waiting in vain makes a plan that no command asked for.
        if at not in together and any(change.state is State.EXPIRED for change in some):
            batches.append(_batch(at, (), some))
    return _in_order(batches)


def _batch(at: datetime, decided: Sequence[Decided], changes: Sequence[Change]) -> Batch:
    nights: set[NightKey] = {(change.instrument, change.night) for change in changes} | {
        (each.command.instrument, each.outcome.night)
        for each in decided
        if each.outcome.night is not None
    }
    revisions = [each.outcome.revision for each in decided]
    return Batch(
        at=at,
        decided=tuple(decided),
        night=min(nights, default=None),
        revision=max([*revisions, *(change.revision for change in changes)], default=0),
        expired=frozenset(change.event for change in changes if change.state is State.EXPIRED),
    )


def _in_order(batches: Iterable[Batch]) -> list[Batch]:
    """By time; but where the clock was set back, a night's revisions know better."""
    found = sorted(batches, key=lambda batch: batch.at)
    nights: defaultdict[NightKey, list[Batch]] = defaultdict(list)
    for batch in found:
        if batch.night is not None and batch.revision:
            nights[batch.night].append(batch)
    places: dict[int, datetime] = {}
    for some in nights.values():
        latest = some[0].at
        for batch in sorted(some, key=lambda batch: (batch.revision, batch.at)):
            latest = max(latest, batch.at)
            places[id(batch)] = latest
    # Stable: of two with the same place, the one of the lower revision comes first.
    return sorted(found, key=lambda batch: (places.get(id(batch), batch.at), batch.revision))


def without(batches: Iterable[Batch], gone: Mapping[UUID, object]) -> list[Batch]:
    """The batches without some commands; those that are left empty are dropped."""
    kept = []
    for batch in batches:
        decided = tuple(each for each in batch.decided if each.command.id not in gone)
        if decided or not batch.decided:
            kept.append(
                Batch(
                    at=batch.at,
                    decided=decided,
                    night=batch.night,
                    revision=batch.revision,
                    expired=batch.expired,
                )
            )
    return kept
