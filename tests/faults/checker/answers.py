"""Rules about answers: the same id, the same answer; and an answer for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from models.outcome import Outcome, Status
from tests.faults.checker.account import Account, Try
from tests.faults.content import content_of_event

DECIDED = frozenset({"added", "rejected", "removed"})
DOCUMENTED = frozenset({200, 202, 409, 429, 503, 504, None})
"""Statuses of answers to additions and removals; None: no answer."""
REFUSALS = {403: "not-allowed", 404: "unknown-event"}
"""Further statuses of removals, each with its only code."""
SLACK = timedelta(seconds=0.5)


def same_answer(account: Account) -> Iterator[str]:
    """The same request under the same id gets the same answer, whoever gives it and when."""
    for asked in account.asked:
        for tries in asked.by_request().values():
            decided = _judged(account, tries)
            if len({each.signature for each in decided}) > 1:
                yield f"{asked} got different answers: {', '.join(map(str, decided))}"
        told = {each.state for each in account.told_of(asked)} & DECIDED
        if len(told) > 1:
            yield f"{asked} was said to be {' and '.join(sorted(map(str, told)))}"
        if len(asked.ids) > 1:
            yield f"{asked} has {len(asked.ids)} ids for one Idempotency-Key"


def answer_is_the_stored_outcome(account: Account) -> Iterator[str]:
    """Every answer says what the stored outcome says."""
    for asked in account.asked:
        outcome = account.outcome_of(asked)
        if outcome is None and account.final is not None:
            for each in _judged(account, asked.tries):
                if not _needs_no_outcome(account, each):
                    yield f"{asked} was answered and has no stored outcome: {each}"
            continue
        if outcome is None:
            continue
        for each in _judged(account, asked.tries):
            if not each.refused_id and not _says(each, outcome):
                yield f"{asked}: {each}; stored is {_shown(outcome)}"
        for each in asked.tries:
            given_up = each.answer is not None and each.answer.given_up
            if given_up and outcome.status is not Status.REJECTED:
                yield f"{asked} was said to be given up, and is {outcome.status}: {each}"
        for told in account.told_of(asked):
            if told.state in DECIDED and told.state != outcome.status.value:
                yield f"{asked} was said to be {told.state} at {told.at}; stored {outcome.status}"


def other_content_conflicts(account: Account) -> Iterator[str]:
    """Another request under an id that is taken gets id-conflict, never the first one's answer."""
    for asked in account.asked:
        served = {}
        for request, tries in asked.by_request().items():
            answered = [each for each in tries if each.decided and not each.refused_id]
            if answered:
                served[request] = answered
        if len(served) > 1:
            shown = "; ".join(str(tries[0]) for tries in served.values())
            yield f"{asked}: {len(served)} different requests were carried out or refused: {shown}"
        outcome = account.outcome_of(asked)
        for each in asked.tries:
            if asked.action != "add":
                continue
            returned = each.answer.returned if each.answer else None
            if each.accomplished and returned not in {None, each.sent.content}:
                yield f"{asked}: the answer shows other content {returned}: {each}"
            if outcome is None or outcome.event is None:
                continue
            first = content_of_event(outcome.event) == each.sent.content
            if not first and each.decided and not each.refused_id:
                yield f"{asked}: stored is other content, so expected id-conflict: {each}"
            record = account.records.get(asked.event)
            own = record is not None and record.owner == each.sent.subject
            if first and own and each.refused_id and not account.key_is_shared(each.sent):
                yield f"{asked}: refused as another's, and stored is this very request: {each}"


def accepted_is_decided(account: Account) -> Iterator[str]:
    """What was answered 202 is decided in the end; pending is too little.

    It may have expired only if the broker may have forgotten it, or if it really
    waited for as long as it lived.
    """
    for asked in account.asked:
        if not asked.accepted or account.outcome_of(asked) is not None:
            continue
        told = account.told_of(asked)
        if any(each.state in DECIDED for each in told):
            continue
        accepted = [each for each in asked.tries if each.status == 202]
        last = told[-1] if told else None
        shown = ", ".join(map(str, accepted))
        if last is None or last.state != "expired":
            yield f"{asked} is {last.state if last else 'unknown'} in the end: {shown}"
        elif not account.log_lost_since(accepted[0].sent.at) and not any(
            each.sent.life is not None
            and last.at - each.sent.at >= timedelta(seconds=each.sent.life) - SLACK
            for each in accepted[-1:]
        ):
            yield f"{asked} was said to be expired at {last.at}, too early: {shown}"


def nothing_after_its_life(account: Account) -> Iterator[str]:
    """Nothing is carried out after the time for which it was said to live, nor before it was sent.

    An API begins to count at some time before its answer. Judged where every try was
    answered and says how long it lived; a wrong clock in an API makes lives longer,
    so then nothing is judged.
    """
    if any("clock" in each.fault for each in account.injected):
        return
    for asked in account.asked:
        outcome = account.outcome_of(asked)
        if outcome is None or outcome.status is Status.REJECTED:
            continue
        lives = []
        for each in asked.tries:
            if each.sent.life is None or each.answer is None or each.status is None:
                break
            end = each.answer.at + timedelta(seconds=each.sent.life) + SLACK
            lives.append((each.sent.at - SLACK, end))
        else:
            at = outcome.decided_at
            if not any(begin <= at <= end for begin, end in lives):
                spans = ", ".join(f"{begin} to {end}" for begin, end in lives)
                yield f"{asked} was {outcome.status} at {at}, its tries lived {spans}"


def every_client_is_answered(account: Account) -> Iterator[str]:
    """Every client has in the end an answer that says what became of its command.

    To a client that removes without a key, each try is a command of its own.
    """
    answered = {_client_of(each): each.sent.at for each in account.tries if each.decided}
    for asked in account.asked:
        last = asked.tries[-1]
        told = account.told_of(asked)
        if last.decided or any(each.state in DECIDED | {"expired"} for each in told):
            continue
        if last.answer is not None and last.answer.given_up:
            continue
        later = answered.get(_client_of(last))
        unkeyed = last.sent.action == "remove" and last.sent.key is None
        if unkeyed and later is not None and later > last.sent.at:
            continue
        if not asked.accepted:  # else another rule's business
            yield f"{asked} was left without an answer: {last}"


def statuses_are_documented(account: Account) -> Iterator[str]:
    """Every answer has one of the documented statuses, and each its own kind of content."""
    for each in account.tries:
        refused = each.sent.action == "remove" and each.status in REFUSALS
        if each.status not in DOCUMENTED and not refused:
            yield f"{each.status}: {each}"
        elif each.status == 200 and not each.accomplished:
            yield f"200 that says neither Added nor Removed as asked: {each}"
        elif each.status == 409 and each.answer is not None and not each.answer.codes:
            yield f"409 without a reason: {each}"
        elif refused and each.answer and each.answer.codes != (REFUSALS[each.status or 0],):
            yield f"{each.status} for another reason: {each}"


def what_is_there_is_found(account: Account) -> Iterator[str]:
    """A removal of an event that was acknowledged and is still there is not answered 404."""
    for event, removals in account.removals.items():
        record, added = account.records.get(event), account.additions.get(event)
        if record is None or record.state.value not in {"scheduled", "displaced", "waiting"}:
            continue
        tries = added.tries if added is not None else []
        since = [each.answer.at for each in tries if each.accomplished and each.answer]
        for asked in removals if since else ():
            for each in asked.tries:
                first = min(attempt.sent.at for attempt in asked.tries)
                if each.status == 404 and first > min(since):
                    yield f"{asked}: the event is {record.state}: {each}"


def _client_of(attempt: Try) -> tuple[object, ...]:
    return (attempt.sent.client, attempt.request)


def _judged(account: Account, tries: list[Try]) -> list[Try]:
    """Decided tries, but for those refused since their key is another command's."""
    return [
        each
        for each in tries
        if each.decided and not (each.refused_id and account.key_is_shared(each.sent))
    ]


def _needs_no_outcome(account: Account, attempt: Try) -> bool:
    """A removal whose id nobody knows: if it was done, some outcome says so."""
    if attempt.sent.action != "remove":
        return False
    if not attempt.accomplished:
        return True
    return attempt.sent.command is None and any(
        each.status is Status.REMOVED and each.event is not None
        and each.event.id == attempt.sent.event
        for each in account.outcomes.values()
    )  # fmt: skip


def _says(attempt: Try, outcome: Outcome) -> bool:
    found = attempt.answer
    assert found is not None
    if outcome.status is Status.REJECTED:
        codes = tuple(sorted(fault.reason.value for fault in outcome.faults))
        return attempt.status != 200 and tuple(sorted(found.codes)) == codes
    done = {"Added": Status.ADDED, "Removed": Status.REMOVED}.get(found.result or "")
    if attempt.status != 200 or done is not outcome.status:
        return False
    return (
        set(found.displaced) == set(outcome.displaced)
        and set(found.scheduled) == set(outcome.scheduled)
        and found.revision in {None, outcome.revision}
    )


def _shown(outcome: Outcome) -> str:
    codes = "+".join(fault.reason.value for fault in outcome.faults)
    ids = ", ".join(map(str, outcome.displaced))
    return f"{outcome.status} {codes or f'revision {outcome.revision}, displaced [{ids}]'}"
