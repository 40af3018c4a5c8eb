"""Rules about schedules: no overlap, inside the night, as asked, one plan for each revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from models.event import State
from tests.faults.checker.account import Account, Place
from tests.faults.checker.revisions import Revisions
from tests.faults.history import Served, ServedBlock, StoredBlock, StoredNight

HOLDING = frozenset({State.SCHEDULED, State.DONE, State.FAILED})
"""States of events that have a block."""

ROUNDED = timedelta(seconds=1)
"""An age is told in whole seconds, rounded by the sidecar and by the API."""


def no_overlap(account: Account) -> Iterator[str]:
    """No two blocks of an instrument overlap, fillers included, neither served nor stored."""
    for plan in _distinct(account):
        for text in _overlaps(plan.blocks):
            yield f"{_named(plan)}: {text}"
    stored: defaultdict[UUID, list[StoredBlock]] = defaultdict(list)
    for (instrument, _), blocks in account.blocks.items():
        stored[instrument].extend(blocks)
    for instrument, blocks in stored.items():
        for text in _overlaps(blocks):
            yield f"stored for {instrument}: {text}"


def inside_the_night(account: Account) -> Iterator[str]:
    """Every block lasts some time and lies between dusk and dawn."""
    for plan in _distinct(account):
        for text in _outside(plan.blocks, plan.dusk, plan.dawn):
            yield f"{_named(plan)}: {text}"
    nights = {(each.instrument, each.night): each for each in _nights(account)}
    for place, blocks in account.blocks.items():
        night = nights.get(place)
        dusk, dawn = (night.dusk, night.dawn) if night else (None, None)
        for text in _outside(blocks, dusk, dawn):
            yield f"stored for {place[0]} in {place[1]}: {text}"


def served_as_asked(account: Account) -> Iterator[str]:
    """Each block of a requested event runs when its request says; a filler is no request."""
    for plan in _distinct(account):
        for block in plan.blocks:
            asked = account.additions.get(block.id)
            if asked is None:
                continue
            if block.filler:
                yield f"{_named(plan)}: event {block.id} is served as a filler"
            spans = {(each.sent.start, each.sent.end) for each in asked.tries}
            if not any(
                start in {None, block.start} and end in {None, block.end} for start, end in spans
            ):
                yield f"{_named(plan)}: event {_shown(block)}, asked {sorted(map(str, spans))}"


def one_plan_for_a_revision(account: Account) -> Iterator[str]:
    """A night's plan at one revision, and the plan under one tag, is the same for everybody."""
    tags: dict[str, Served] = {}
    for place, revisions in account.plans.items():
        for plans in revisions.values():
            for plan in plans:
                for first, by in ((plans[0], "revision"), (tags.setdefault(plan.tag, plan), "tag")):
                    if _content(first) != _content(plan):
                        yield f"the same {by}, and different: {_named(first)} / {_named(plan)}"
        last = next((each for each in _nights(account) if _place(each) == place), None)
        for plan in revisions.get(last.revision, [])[:1] if last else []:
            stored = {(b.event or b.id, b.start, b.end) for b in account.blocks.get(place, [])}
            if stored != {(block.id, block.start, block.end) for block in plan.blocks}:
                yield f"{_named(plan)} is not what is stored in that revision"


def reads_go_forward(account: Account) -> Iterator[str]:
    """Whoever asks later sees no older plan.

    A revision counts as known when a schedule with it was served, an answer or a
    change named it. A schedule asked for after that has it or a later one, since all
    is read from one database; one that says how old it is may be older by so much.
    Schedules whose ``begun`` is not known are not judged.
    """
    known: defaultdict[Place, list[tuple[datetime, int, str]]] = defaultdict(list)
    for plan in account.served:
        known[_place(plan)].append((plan.at, plan.revision, _named(plan)))
    for each in account.tries:
        if each.accomplished and each.answer is not None and each.answer.revision is not None:
            place = (each.sent.instrument, each.sent.night)
            known[place].append((each.answer.at, each.answer.revision, str(each)))
    for entry in account.announced:
        change = entry.change
        told = f"announced for event {change.event} at {entry.at}"
        known[change.instrument, change.night].append((entry.at, change.revision, told))
    reads: defaultdict[Place, list[tuple[datetime, Served]]] = defaultdict(list)
    for plan in account.served:
        if plan.begun is not None:
            old = timedelta(seconds=plan.age) + (ROUNDED if plan.age else timedelta(0))
            reads[_place(plan)].append((plan.begun - old, plan))
    for place, some in reads.items():
        facts = sorted(known[place])
        some.sort(key=lambda pair: pair[0])
        position, newest, why = 0, -1, ""
        for since, plan in some:
            while position < len(facts) and facts[position][0] <= since:
                if facts[position][1] > newest:
                    _, newest, why = facts[position]
                position += 1
            if plan.revision < newest:
                yield f"{_named(plan)}, asked for at {plan.begun}, after revision {newest}: {why}"


def served_agrees_with_history(account: Account) -> Iterator[str]:
    """A schedule holds exactly the events that were scheduled at its revision.

    So an addition that was acknowledged is visible from its revision on, until the
    event's own history says that it was displaced or removed.
    """
    revisions = Revisions(account)
    records = defaultdict(list)
    for record in account.records.values():
        records[record.event.instrument, record.night].append(record)
    for place, plans in account.plans.items():
        held = {
            revision: {block.id for block in some[0].blocks if not block.filler}
            for revision, some in plans.items()
        }
        for record in records[place]:
            spans = revisions.of(record)
            for revision, ids in held.items():
                state = _state_at(revision, spans)
                if state == "unknown":
                    continue
                if (state in HOLDING) != (record.event.id in ids):
                    there = "is" if record.event.id in ids else "is not"
                    plan = plans[revision][0]
                    shown = f"{record.event.id}, {state or 'not accepted'} by its history"
                    yield f"event {shown}, {there} in {_named(plan)}"


def _state_at(revision: int, spans: Sequence[tuple[State, int, int | None]]) -> State | str | None:
    """The state at a revision: None before the event was accepted."""
    state: State | None = None
    for then, earliest, latest in spans:
        if latest is not None and latest <= revision:
            state = then
        elif earliest > revision:
            break
        else:
            return "unknown"
    return state


def _distinct(account: Account) -> Iterator[Served]:
    """Every plan served, each once."""
    for revisions in account.plans.values():
        for plans in revisions.values():
            seen = []
            for plan in plans:
                if _content(plan) not in seen:
                    seen.append(_content(plan))
                    yield plan


def _overlaps(blocks: Sequence[ServedBlock | StoredBlock]) -> Iterator[str]:
    for before, after in pairwise(sorted(blocks, key=lambda block: (block.start, block.end))):
        if after.start < before.end:
            yield f"{_shown(before)} overlaps {_shown(after)}"


def _outside(
    blocks: Sequence[ServedBlock | StoredBlock],
    dusk: datetime | None,
    dawn: datetime | None,
) -> Iterator[str]:
    for block in blocks:
        if block.end <= block.start:
            yield f"{_shown(block)} does not last"
        if dusk is None or dawn is None:
            yield f"{_shown(block)} in a night without darkness"
        elif block.start < dusk or block.end > dawn:
            yield f"{_shown(block)} is outside {dusk} to {dawn}"


def _content(plan: Served) -> object:
    return (_place(plan), plan.revision, plan.dusk, plan.dawn, frozenset(plan.blocks))


def _nights(account: Account) -> Sequence[StoredNight]:
    return account.final.nights if account.final else ()


def _place(each: Served | StoredNight) -> Place:
    return (each.instrument, each.night)


def _named(plan: Served) -> str:
    return (
        f"plan {plan.night} revision {plan.revision} of {plan.instrument} "
        f"served by {plan.source} at {plan.at}"
    )


def _shown(block: ServedBlock | StoredBlock) -> str:
    return f"block {block.id} {block.start} to {block.end}"
