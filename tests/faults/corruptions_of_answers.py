"""Corruptions of what was answered and of what was served."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

from models.event import State
from tests.faults.corruptions import (
    Choose,
    History,
    answer_of,
    final_of,
    noticed_by,
    pick,
    plans,
    records,
    replaced,
    those,
    tries,
    with_blocks,
    with_final,
)
from tests.faults.history import Answered, Sent, Served, Told
from tests.faults.small_night import DAWN, SLOT

MOMENT = timedelta(milliseconds=1)


@noticed_by("same-answer")
def answer_differently(history: History, choose: Choose) -> History | None:
    found = pick(tries(history, "add", 200, result="Added"), choose)
    if found is None:
        return None
    sent, answer = found
    again = sent.model_copy(update={"number": 10_000})
    other = {"number": 10_000, "status": 409, "result": "Rejected", "codes": ("conflict",)}
    return [*history, again, answer.model_copy(update=other)]


@noticed_by("same-answer")
def tell_differently(history: History, choose: Choose) -> History | None:
    told = pick([each for each in those(history, Told) if each.state == "added"], choose)
    if told is None:
        return None
    return [*history, told.model_copy(update={"state": "rejected"})]


@noticed_by("answer-is-the-stored-outcome")
def answer_another_revision(history: History, choose: Choose) -> History | None:
    found = pick(tries(history, "add", 200, result="Added"), choose)
    if found is None:
        return None
    answer = found[1]
    assert answer.revision is not None
    return replaced(history, answer, answer.model_copy(update={"revision": answer.revision + 1}))


@noticed_by("answer-is-the-stored-outcome")
def give_up_what_was_done(history: History, choose: Choose) -> History | None:
    found = pick(tries(history, "add", 200, result="Added"), choose)
    if found is None:
        return None
    sent, answer = found
    again = sent.model_copy(update={"number": 10_000})
    other = {"number": 10_000, "status": 504, "codes": ("timeout",), "given_up": True}
    return [*history, again, answer.model_copy(update=other)]


@noticed_by("other-content-conflicts")
def answer_one_for_another(history: History, choose: Choose) -> History | None:
    found = pick(tries(history, "add", 200, result="Added"), choose)
    if found is None:
        return None
    sent, answer = found
    other = sent.model_copy(update={"number": 10_000, "content": "another"})
    return [*history, other, answer.model_copy(update={"number": 10_000})]


@noticed_by("other-content-conflicts")
def refuse_as_anothers(history: History, choose: Choose) -> History | None:
    found = pick(tries(history, "add", 200, result="Added"), choose)
    if found is None:
        return None
    refused = {"status": 409, "result": "Rejected", "codes": ("id-conflict",), "returned": None}
    return replaced(history, found[1], found[1].model_copy(update=refused))


@noticed_by("accepted-is-decided")
def forget_what_was_accepted(history: History, choose: Choose) -> History | None:
    sent = those(history, Sent)
    asked = Counter((each.action, each.event) for each in sent)
    once = {each.number for each in sent if asked[each.action, each.event] == 1}
    later = [each for each in those(history, Answered) if each.status == 202]
    answer = pick([each for each in later if each.number in once], choose)
    if answer is None:
        return None
    final = final_of(history)
    kept = tuple(each for each in final.outcomes if each.command != answer.command)
    # Nothing has gone by of its life when it is said to be over.
    state = ["pending", "expired"][choose(2)]
    history = [
        each.model_copy(update={"state": state, "at": answer.at})
        if isinstance(each, Told) and each.command == answer.command
        else each
        for each in history
    ]
    return with_final(history, outcomes=kept)


@noticed_by("what-is-there-is-found")
def find_nothing(history: History, choose: Choose) -> History | None:
    there = {each.event.id for each in records(history, State.SCHEDULED, State.DISPLACED)}
    added = tries(history, "add", 200, result="Added")
    found = pick([sent for sent, _ in added if sent.event in there], choose)
    if found is None:
        return None
    at = final_of(history).at
    asked = {"number": 10_000, "action": "remove", "command": None, "content": "", "at": at}
    answer = Answered(at=at, number=10_000, status=404, codes=("unknown-event",))
    return [*history, found.model_copy(update=asked), answer]


@noticed_by("every-client-is-answered")
def leave_a_client_alone(history: History, choose: Choose) -> History | None:
    sent = pick(those(history, Sent), choose)
    if sent is None:
        return None
    number = 10_000
    name = {"number": number, "event": uuid4(), "command": None, "key": None, "action": "remove"}
    silent = Answered(at=sent.at, number=number, status=None)
    return [*history, sent.model_copy(update=name), *([] if choose(2) else [silent])]


@noticed_by("statuses-are-documented")
def answer_with_an_error(history: History, choose: Choose) -> History | None:
    sent = pick(those(history, Sent), choose)
    if sent is None:
        return None
    answer = answer_of(history, sent)
    status = (500, 400, 502, 201)[choose(4)]
    return replaced(history, answer, answer.model_copy(update={"status": status}))


@noticed_by("removed-is-not-served")
def serve_a_removed_event(history: History, choose: Choose) -> History | None:
    done = {sent.event: answer for sent, answer in tries(history, "remove", 200, result="Removed")}
    held = [
        (plan, block)
        for plan in plans(history)
        for block in plan.blocks
        if block.id in done and plan.revision < (done[block.id].revision or 0)
    ]
    found = pick(held, choose)
    if found is None:
        return None
    plan, block = found
    later = {"revision": done[block.id].revision, "at": final_of(history).at, "begun": None}
    return [*history, plan.model_copy(update=later)]


@noticed_by("nothing-unasked")
def serve_what_nobody_asked(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    blocks = [each if each.filler else each.model_copy(update={"id": uuid4()})
              for each in plan.blocks]  # fmt: skip
    return replaced(history, plan, with_blocks(plan, blocks))


@noticed_by("no-overlap")
def serve_an_overlap(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    block = plan.blocks[choose(len(plan.blocks))]
    over = block.model_copy(update={"id": uuid4(), "filler": True, "start": block.start + MOMENT})
    return replaced(history, plan, with_blocks(plan, [*plan.blocks, over]))


@noticed_by("no-overlap")
def store_an_overlap(history: History, choose: Choose) -> History | None:
    final = final_of(history)
    block = pick(final.blocks, choose)
    if block is None:
        return None
    over = block.model_copy(update={"id": uuid4(), "event": None, "end": block.end - MOMENT})
    return with_final(history, blocks=(*final.blocks, over))


@noticed_by("inside-the-night")
def serve_after_dawn(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    end = (DAWN + MOMENT, DAWN - 2 * SLOT)[choose(2)]
    late = plan.blocks[-1].model_copy(
        update={"id": uuid4(), "filler": True, "start": DAWN - SLOT, "end": end}
    )
    return replaced(history, plan, with_blocks(plan, [*plan.blocks, late]))


@noticed_by("served-as-asked")
def serve_at_another_time(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    blocks = [
        each if each.filler else each.model_copy(update={"end": each.end - MOMENT})
        for each in plan.blocks
    ]
    return replaced(history, plan, with_blocks(plan, blocks))


@noticed_by("one-plan-for-a-revision")
def serve_another_plan(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    other = with_blocks(plan, plan.blocks[:-1]).model_copy(update={"source": "api-9"})
    return [*history, other]


@noticed_by("reads-go-forward")
def serve_an_old_plan(history: History, choose: Choose) -> History | None:
    newest = final_of(history).nights[0].revision
    old = pick([each for each in those(history, Served) if each.revision < newest], choose)
    if old is None:
        return None
    at = final_of(history).at
    return [*history, old.model_copy(update={"begun": at, "at": at + MOMENT})]


@noticed_by("served-agrees-with-history")
def serve_without_an_event(history: History, choose: Choose) -> History | None:
    plan = pick(plans(history), choose)
    if plan is None:
        return None
    found: History = []
    for each in history:
        if isinstance(each, Served) and each.revision == plan.revision:
            each = with_blocks(each, [block for block in each.blocks if block.filler])
        found.append(each)
    return found
