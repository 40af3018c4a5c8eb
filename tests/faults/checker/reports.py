"""Rules about telling: every displacement is reported, every change announced, none invented."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from models.event import Record, State, StateChange
from models.outcome import Outcome
from tests.faults.checker.account import Account

FORGOTTEN_WITHIN = timedelta(seconds=2)
"""A broker that forgets may forget what was sent so shortly after the fault was noted down."""


def displacement_is_in_the_outcome(account: Account) -> Iterator[str]:
    """Who displaces an event, or brings one back, is told so by the outcome.

    Judged of decisions about one command, where it is certain whose doing it was.
    """
    decided = _decisions(account)
    for record, step in _steps(account):
        some = decided.get(step.at, [])
        if len(some) != 1 or some[0].night != record.night:
            continue
        [outcome] = some
        told = _told(outcome, step)
        if told is not None and step.event not in told:
            yield (
                f"event {step.event} became {step.state} at {step.at} by command "
                f"{outcome.command}, whose outcome names {sorted(map(str, told)) or 'none'}"
            )


def outcome_is_in_the_history(account: Account) -> Iterator[str]:
    """Every event that an outcome names as displaced or scheduled has it in its history."""
    for outcome in account.outcomes.values():
        for state, ids in (
            (State.DISPLACED, outcome.displaced),
            (State.SCHEDULED, outcome.scheduled),
        ):
            for event in ids:
                record = account.records.get(event)
                steps = record.history if record else ()
                if not any((s.state, s.at) == (state, outcome.decided_at) for s in steps):
                    yield f"command {outcome.command} says {event} became {state}; no such step"


def changes_are_announced(account: Account) -> Iterator[str]:
    """Every change of state that is stored was announced at least once.

    But for those made before a fault by which the broker may forget.
    """
    if account.final is None:
        return
    told = {(each.event, each.state, each.at) for each in account.changes}
    lost = [account.end_of(each) for each in account.injected if each.loses_log]
    forgotten = max(lost) + FORGOTTEN_WITHIN if lost else None
    for _, step in _steps(account):
        if (step.event, step.state, step.at) in told:
            continue
        if forgotten is None or step.at > forgotten:
            yield f"event {step.event} became {step.state} at {step.at} ({step.cause}), unannounced"


def announcements_are_true(account: Account) -> Iterator[str]:
    """Every change that was announced is stored, and was announced in one revision only."""
    if account.final is None:
        return
    stored = {(step.event, step.state, step.at) for _, step in _steps(account)}
    revisions: defaultdict[tuple[UUID, State, datetime], set[int]] = defaultdict(set)
    for change in account.changes:
        revisions[change.event, change.state, change.at].add(change.revision)
    for key, found in revisions.items():
        event, state, at = key
        if key not in stored:
            yield f"announced and not stored: event {event} became {state} at {at}"
        if len(found) > 1:
            yield f"event {event} became {state} at {at} in several revisions: {sorted(found)}"


def _steps(account: Account) -> Iterator[tuple[Record, StateChange]]:
    for record in account.records.values():
        for step in record.history:
            yield record, step


def _decisions(account: Account) -> dict[datetime, list[Outcome]]:
    """Stored outcomes by the instant of their decision."""
    found: defaultdict[datetime, list[Outcome]] = defaultdict(list)
    for outcome in account.outcomes.values():
        found[outcome.decided_at].append(outcome)
    return found


def _told(outcome: Outcome, step: StateChange) -> set[UUID] | None:
    """Those that an outcome names for such a step; None where it need not name any."""
    if step.state is State.DISPLACED:
        return set(outcome.displaced)
    own = outcome.event is not None and outcome.event.id == step.event
    if step.state is State.SCHEDULED and not own:
        return set(outcome.scheduled)
    return None
