"""Corruptions of what is stored in the end and of what was announced."""

from __future__ import annotations

from datetime import timedelta

from models.event import State
from models.outcome import Outcome, Status
from tests.faults.corruptions import (
    Choose,
    History,
    final_of,
    in_state,
    noticed_by,
    pick,
    records,
    replaced,
    those,
    tries,
    with_final,
    with_record,
)
from tests.faults.history import Announced, Answered, Phase, Sent
from tests.faults.small_night import make_event

LATER = timedelta(minutes=2)


@noticed_by("added-is-kept")
def forget_an_event(history: History, choose: Choose) -> History | None:
    told = {sent.event for sent, _ in tries(history, "add", 200, result="Added")}
    record = pick([each for each in final_of(history).events if each.event.id in told], choose)
    return None if record is None else with_record(history, record, None)


@noticed_by("added-is-kept")
def store_other_content(history: History, choose: Choose) -> History | None:
    told = {sent.event for sent, _ in tries(history, "add", 200, result="Added")}
    record = pick([each for each in final_of(history).events if each.event.id in told], choose)
    if record is None:
        return None
    event = record.event.model_copy(update={"attributes": {"zenith": "89.000"}})
    return with_record(history, record, record.model_copy(update={"event": event}))


@noticed_by("nothing-unasked")
def store_for_somebody_else(history: History, choose: Choose) -> History | None:
    record = pick(final_of(history).events, choose)
    if record is None:
        return None
    return with_record(history, record, record.model_copy(update={"owner": "nobody"}))


@noticed_by("nothing-unasked")
def invent_an_event(history: History, choose: Choose) -> History | None:
    record = pick(final_of(history).events, choose)
    if record is None:
        return None
    other = record.model_copy(update={"event": make_event("invented", 50, 1)})
    return with_final(history, events=(*final_of(history).events, other))


@noticed_by("state-is-explained")
def delete_unasked(history: History, choose: Choose) -> History | None:
    asked = {sent.event for sent in _removals(history)}
    some = records(history, State.SCHEDULED, State.DISPLACED)
    record = pick([each for each in some if each.event.id not in asked], choose)
    return None if record is None else with_record(history, record, in_state(record, State.DELETED))


@noticed_by("state-is-explained")
def expire_early(history: History, choose: Choose) -> History | None:
    record = pick(records(history, State.DISPLACED), choose)
    if record is None or record.history[-1].at >= record.event.windows[0].start:
        return None
    return with_record(history, record, in_state(record, State.EXPIRED))


@noticed_by("state-is-explained")
def forget_a_step(history: History, choose: Choose) -> History | None:
    record = pick(records(history, State.DELETED, State.DISPLACED), choose)
    if record is None:
        return None
    shorter = record.model_copy(update={"history": record.history[:-1]})
    return with_record(history, record, shorter)


@noticed_by("history-is-possible")
def accept_twice(history: History, choose: Choose) -> History | None:
    record = pick(records(history, State.SCHEDULED), choose)
    if record is None:
        return None
    return with_record(history, record, in_state(record, State.SCHEDULED))


@noticed_by("history-is-possible")
def turn_a_history_round(history: History, choose: Choose) -> History | None:
    record = pick([each for each in final_of(history).events if len(each.history) > 1], choose)
    if record is None:
        return None
    turned = tuple(reversed(record.history))
    return with_record(history, record, record.model_copy(update={"history": turned}))


@noticed_by("removed-is-final")
def bring_back_a_removed_event(history: History, choose: Choose) -> History | None:
    done = {sent.event for sent, _ in tries(history, "remove", 200, result="Removed")}
    some = records(history, State.DELETED)
    record = pick([each for each in some if each.event.id in done], choose)
    if record is None:
        return None
    return with_record(history, record, in_state(record, State.SCHEDULED))


@noticed_by("rejected-is-not-stored")
def store_a_rejected_event(history: History, choose: Choose) -> History | None:
    refused = [
        sent
        for sent, answer in tries(history, "add", 409, result="Rejected")
        if answer.codes == ("conflict",)
    ]
    sent, like = pick(refused, choose), pick(final_of(history).events, choose)
    if sent is None or like is None:
        return None
    event = like.event.model_copy(update={"id": sent.event})
    record = like.model_copy(update={"event": event})
    return with_final(history, events=(*final_of(history).events, record))


@noticed_by("stored-once")
def store_an_event_twice(history: History, choose: Choose) -> History | None:
    record = pick(final_of(history).events, choose)
    if record is None:
        return None
    return with_final(history, events=(*final_of(history).events, record))


@noticed_by("answer-is-the-stored-outcome")
def forget_an_outcome(history: History, choose: Choose) -> History | None:
    done = {sent.event for sent, _ in tries(history, "add", 200, result="Added")}
    final = final_of(history)
    gone = pick([each for each in final.outcomes if each.command in done], choose)
    if gone is None:
        return None
    return with_final(history, outcomes=tuple(each for each in final.outcomes if each != gone))


@noticed_by("nothing-after-its-life")
def decide_too_late(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    answered = {sent.event for sent, _ in tries(history, "add", 200, result="Added")}
    silent = {a.number for a in _answers(history) if a.status is None}
    unsure = {sent.event for sent in _additions(history) if sent.number in silent}
    some = [each for each in final.outcomes if each.command in answered - unsure]
    outcome = pick(some, choose)
    if outcome is None:
        return None
    late = outcome.model_copy(update={"decided_at": final.at + LATER})
    return with_final(history, outcomes=_with(final.outcomes, outcome, late))


@noticed_by("displacement-is-in-the-outcome")
def keep_a_displacement_secret(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    outcome = pick([each for each in final.outcomes if each.displaced], choose)
    if outcome is None:
        return None
    silent = outcome.model_copy(update={"displaced": ()})
    return with_final(history, outcomes=_with(final.outcomes, outcome, silent))


@noticed_by("outcome-is-in-the-history")
def name_one_that_stayed(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    outcome = pick([each for each in final.outcomes if each.status is Status.ADDED], choose)
    if outcome is None:
        return None
    wrong = outcome.model_copy(update={"displaced": (outcome.command,)})
    return with_final(history, outcomes=_with(final.outcomes, outcome, wrong))


@noticed_by("changes-are-announced")
def announce_nothing(history: History, choose: Choose) -> History | None:
    told = pick(those(history, Announced), choose)
    return None if told is None else replaced(history, told, None)


@noticed_by("announcements-are-true")
def announce_what_was_not(history: History, choose: Choose) -> History | None:
    told = pick(those(history, Announced), choose)
    if told is None:
        return None
    change = told.change.model_copy(update={"at": told.change.at + timedelta(milliseconds=3)})
    return [*history, told.model_copy(update={"change": change})]


@noticed_by("database-agrees-with-itself")
def forget_a_block(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    block = pick([each for each in final.blocks if each.event is not None], choose)
    if block is None:
        return None
    return with_final(history, blocks=tuple(each for each in final.blocks if each is not block))


@noticed_by("nothing-is-left-over")
def leave_a_message(history: History, choose: Choose) -> History | None:
    return with_final(history, outbox=1 + choose(3))


@noticed_by("nothing-is-left-over")
def leave_a_command_undecided(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    sent = pick(_additions(history), choose)
    if sent is None:
        return None
    kept = tuple(each for each in final.outcomes if each.command != sent.event)
    return with_final(history, outcomes=kept, undecided=(sent.event,))


@noticed_by("revision-is-newest")
def turn_the_night_back(history: History, choose: Choose) -> History | None:
    if not those(history, Announced):
        return None
    [night] = final_of(history).nights
    older = night.model_copy(update={"revision": choose(night.revision)})
    return with_final(history, nights=(older,))


@noticed_by("history-is-complete")
def end_early(history: History, choose: Choose) -> History | None:
    phases = [each for each in those(history, Phase) if each.name != "faults"]
    return replaced(history, [*phases, final_of(history)][choose(len(phases) + 1)], None)


@noticed_by("settles-in-time")
def settle_late(history: History, choose: Choose) -> History | None:
    [settled] = [each for each in those(history, Phase) if each.name == "settled"]
    late = settled.model_copy(update={"at": settled.at + LATER})
    return replaced(history, settled, late)


def _with(outcomes: tuple[Outcome, ...], old: Outcome, new: Outcome) -> tuple[Outcome, ...]:
    return tuple(new if each is old else each for each in outcomes)


def _additions(history: History) -> list[Sent]:
    return [each for each in those(history, Sent) if each.action == "add"]


def _removals(history: History) -> list[Sent]:
    return [each for each in those(history, Sent) if each.action == "remove"]


def _answers(history: History) -> list[Answered]:
    return those(history, Answered)
