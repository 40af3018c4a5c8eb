"""Rules about what is stored in the end: nothing lost, nothing doubled, nothing invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from models.event import Record, State
from models.outcome import Status
from tests.faults.checker.account import Account, Asked, Try
from tests.faults.content import content_of_event

POSSIBLE: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SCHEDULED, State.WAITING}),
    State.SCHEDULED: frozenset({State.DISPLACED, State.DELETED, State.DONE, State.FAILED}),
    State.DISPLACED: frozenset({State.SCHEDULED, State.DELETED, State.EXPIRED}),
    State.WAITING: frozenset({State.SCHEDULED, State.DELETED, State.EXPIRED}),
}
"""Which state may follow which; the first is that of a new event, and nothing follows others."""
CLOCKS = timedelta(seconds=1)
"""By how much the clocks of driver and database may differ: they are of one machine."""


def added_is_kept(account: Account) -> Iterator[str]:
    """Every addition that was acknowledged is stored with the content asked."""
    for event, asked in account.additions.items():
        if not account.acknowledged(asked):
            continue
        record = account.records.get(event)
        done = [each for each in asked.tries if each.accomplished]
        if record is None:
            shown = ", ".join(map(str, done)) or "by /v2/commands"
            yield f"{asked} was acknowledged and is not stored: {shown}"
            continue
        for each in done:
            if not is_request_of(record, each):
                yield (
                    f"{asked}: acknowledged other content than is stored: {each}, "
                    f"stored {content_of_event(record.event)} of {record.owner}"
                )


def state_is_explained(account: Account) -> Iterator[str]:
    """Every event is in the state that its history ends with, and for a reason that there was.

    Deleted: somebody asked for its removal and was not refused. Expired: its
    latest start had passed. Otherwise scheduled, displaced or waiting.
    """
    for event, record in account.records.items():
        states = [step.state for step in record.history]
        shown = f"event {event} with the history {' '.join(states) or '(none)'}"
        if not states or states[-1] is not record.state:
            yield f"{shown} is {record.state}"
        if record.state in {State.REJECTED, State.DONE, State.FAILED}:
            yield f"{shown} is {record.state}, which nothing explains"
        if record.state is State.DELETED and not _may_be_deleted(account, record):
            yield f"{shown} is deleted, and nobody asked for that without being refused"
        if record.state is State.EXPIRED and record.history:
            latest = max(window.end for window in record.event.windows) - record.event.duration
            if record.history[-1].at < latest:
                yield f"{shown} expired at {record.history[-1].at}, before its time at {latest}"


def history_is_possible(account: Account) -> Iterator[str]:
    """No history has an impossible step, such as accepted twice or scheduled after deleted."""
    for record in account.final.events if account.final else ():
        before = None
        for number, step in enumerate(record.history):
            if step.event != record.event.id:
                yield f"event {record.event.id}: step {number} is that of {step.event}"
            if step.state not in POSSIBLE.get(before, frozenset()):
                yield f"event {record.event.id}: {step.state} after {before} at {step.at}"
            if number and step.at < record.history[number - 1].at:
                yield f"event {record.event.id}: {step.state} at {step.at}, before the step before"
            before = step.state


def removed_is_final(account: Account) -> Iterator[str]:
    """Every removal that was acknowledged or decided is final: the event is deleted."""
    for event, removals in account.removals.items():
        for asked in removals:
            outcome = account.outcome_of(asked)
            decided = outcome is not None and outcome.status is Status.REMOVED
            record = account.records.get(event)
            if not decided and not account.acknowledged(asked):
                continue
            if record is None:
                yield f"{asked} was carried out, and there is no such event"
            elif record.state is not State.DELETED:
                yield f"{asked} was carried out, and the event is {record.state}"


def removed_is_not_served(account: Account) -> Iterator[str]:
    """No schedule of the removal's revision or a later one holds a removed event."""
    for event, removals in account.removals.items():
        for asked in removals:
            outcome = account.outcome_of(asked)
            known = {
                each.answer.revision for each in asked.tries if each.accomplished and each.answer
            } - {None}
            if outcome is not None and outcome.status is Status.REMOVED:
                known.add(outcome.revision)
            if not known:
                continue
            since = min(revision for revision in known if revision is not None)
            sent = asked.tries[0].sent
            for revision, plans in account.plans.get((sent.instrument, sent.night), {}).items():
                for plan in plans if revision >= since else ():
                    if any(block.id == event for block in plan.blocks):
                        yield (
                            f"{asked} made revision {since}; served at {plan.at} by "
                            f"{plan.source} in revision {revision}"
                        )


def nothing_unasked(account: Account) -> Iterator[str]:
    """Nothing is stored or served that nobody asked for with this content."""
    for event, record in account.records.items():
        asked = account.additions.get(event)
        if asked is None:
            yield f"event {event} of {record.owner} is stored, and nobody asked for it"
        elif not any(is_request_of(record, each) for each in asked.tries):
            yield (
                f"event {event} is stored as {content_of_event(record.event)} of {record.owner} "
                f"in {record.night}, asked was {', '.join(sorted(_contents(asked)))}"
            )
    seen = set()
    for plan in account.served:
        for block in plan.blocks:
            if not block.filler and block.id not in account.additions and block.id not in seen:
                seen.add(block.id)
                yield f"event {block.id} was served by {plan.source} at {plan.at}, never asked for"


def rejected_is_not_stored(account: Account) -> Iterator[str]:
    """An event whose addition was rejected is not stored."""
    for event, asked in account.additions.items():
        outcome = account.outcome_of(asked)
        told = [each for each in asked.tries if each.status == 409 and not each.refused_id]
        rejected = outcome is not None and outcome.status is Status.REJECTED
        if event in account.records and (rejected or told):
            by = ", ".join(map(str, told)) or "by its stored outcome"
            yield f"{asked} was rejected ({by}), and it is {account.records[event].state}"


def stored_once(account: Account) -> Iterator[str]:
    """Nothing is stored twice: no event, no block, no outcome, no night."""
    final = account.final
    if final is None:
        return
    kinds = {
        "event": Counter(str(each.event.id) for each in final.events),
        "block": Counter(str(each.id) for each in final.blocks),
        "block of event": Counter(str(each.event) for each in final.blocks if each.event),
        "outcome of command": Counter(str(each.command) for each in final.outcomes),
        "night": Counter(f"{each.instrument} {each.night}" for each in final.nights),
    }
    for kind, counted in kinds.items():
        for name, count in counted.items():
            if count > 1:
                yield f"{kind} {name} is stored {count} times"


def is_request_of(record: Record, attempt: Try) -> bool:
    """Whether a stored event is what a try asked for."""
    sent = attempt.sent
    return (
        content_of_event(record.event) == sent.content
        and (record.owner, record.event.instrument, record.night)
        == (sent.subject, sent.instrument, sent.night)
        and sent.start in {None, record.event.windows[0].start}
        and sent.end in {None, record.event.windows[0].end}
    )


def _contents(asked: Asked) -> set[str]:
    return {f"{each.sent.content} of {each.sent.subject}" for each in asked.tries}


def _may_be_deleted(account: Account, record: Record) -> bool:
    """Whether a removal was sent in time that was carried out or whose fate is unknown."""
    gone = record.history[-1] if record.history else None
    for asked in account.removals.get(record.event.id, []):
        outcome = account.outcome_of(asked)
        if outcome is not None and outcome.status is not Status.REMOVED:
            continue
        for each in asked.tries:
            refused = each.decided and not each.accomplished
            if refused or gone is None:
                continue
            if each.sent.at - CLOCKS <= gone.at and each.sent.subject == gone.by:
                return True
    return False
