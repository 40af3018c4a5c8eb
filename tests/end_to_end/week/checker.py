"""The independent checker: whether served plans are what they must be.

It knows the requirements, the wishes and the instruments' declarations, and nothing of
the program that makes the plans. Times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.end_to_end.week.plan import Block, Plan, Rules, rules_of
from tests.end_to_end.week.wish import Wish

Span = tuple[int, int]


def faults_of(
    plan: Plan, wanted: Mapping[str, Wish], closed: Sequence[Span], named: Container[str]
) -> list[str]:
    """Every rule that a plan breaks, one sentence each.

    Parameters
    ----------
    plan
        As served.
    wanted
        Every wish for this instrument and night that is scheduled, waits or is displaced.
    closed
        When the instrument is closed.
    named
        Wishes that another one, anywhere, is to start together with.
    """
    rules = rules_of(plan.place)
    found = [*_order(plan, rules), *_places(plan, wanted), *_totals(plan, wanted)]
    wishes = list(wanted.values())
    if not any(_has_choice(wish) or wish.id in named for wish in wishes):
        value, best = _value(plan, wanted), optimum(plan, wishes, closed)
        if value != best:
            found.append(f"its value is {value}, the best is {best}")
    found += [
        f"{block.id} lies in a maintenance"
        for block in plan.blocks
        if any(block.start < end and begin < block.end for begin, end in closed)
    ]
    if plan.revision > 0:  # nobody has asked anything of it before
        found += _missing_fillers(plan, rules, closed)
    scheduled = {wish.id for wish in wanted.values() if wish.state == "scheduled"}
    if scheduled != set(plan.starts):
        found.append(f"scheduled are {scheduled - set(plan.starts)}, planned {plan.starts.keys()}")
    return [f"{plan.place} {plan.night} r{plan.revision}: {text}" for text in found]


def _order(plan: Plan, rules: Rules) -> Iterator[str]:
    for block in plan.blocks:
        if block.start < plan.dusk + rules.warm_up or block.end > plan.dawn:
            yield f"{block.id} lies outside the dark hours"
        if block.filler and (block.end - block.start, block.own) != (
            rules.filler,
            rules.filler_own,
        ):
            yield f"{block.id} is no filler of this instrument"
    for before, after in pairwise(plan.blocks):
        if after.start - before.end < rules.setup(before.own, after.own):
            yield f"{after.id} starts too early after {before.id}"
    if len({block.id for block in plan.blocks}) < len(plan.blocks):
        yield "an id stands there twice"


def _places(plan: Plan, wanted: Mapping[str, Wish]) -> Iterator[str]:
    ends = {block.id: block.end for block in plan.requested}
    for block in plan.requested:
        wish = wanted.get(block.id)
        if wish is None:
            yield f"{block.id} is not wanted"
            continue
        if block.end - block.start != wish.duration or block.own != wish.own:
            yield f"{block.id} is not as it was asked for"
        if not any(b <= block.start and block.end <= e for b, e, _ in wish.windows):
            yield f"{block.id} lies in none of its windows"
        after = wish.after
        if after is not None:
            gap = block.start - ends[after.wish] if after.wish in ends else -1
            if gap < after.least or (after.most is not None and gap > after.most):
                yield f"{block.id} does not come after {after.wish} as it must"


def _totals(plan: Plan, wanted: Mapping[str, Wish]) -> Iterator[str]:
    solver = plan.meta["solver"]
    if solver is None:
        if plan.blocks:
            yield "nobody says how good the plan is"
        return
    value = _value(plan, wanted)
    if round(solver["value"] * 1000) != value:
        yield f"its value is {value}, told is {solver}"
    if solver["status"] not in {"optimal", "feasible"} or solver["bound"] < solver["value"]:
        yield f"the solver contradicts itself: {solver}"
    if (solver["status"] == "optimal") != (solver["bound"] == solver["value"]):
        yield f"bound and value do not tell whether it is optimal: {solver}"
    if (solver["gap"] == 0) != (solver["bound"] == solver["value"]):
        yield f"the gap is not that between bound and value: {solver}"
    requested = sum(block.end - block.start for block in plan.requested)
    filled = sum(block.end - block.start for block in plan.blocks if block.filler)
    idle = plan.dawn - plan.dusk - requested - filled
    names = ("requested_seconds", "filled_seconds", "idle_seconds")
    if [round(plan.meta[name] * 1000) for name in names] != [requested, filled, idle]:
        yield f"the times do not add up: {plan.meta}"


def _has_choice(wish: Wish) -> bool:
    """Whether more than overlaps decide about a wish."""
    return not wish.fixed or wish.after is not None or wish.together is not None


def _value(plan: Plan, wanted: Mapping[str, Wish]) -> int:
    return sum(wanted[name].worth for name in plan.starts if name in wanted)


def optimum(plan: Plan, wishes: Sequence[Wish], closed: Sequence[Span]) -> int:
    """The greatest worth of fixed events that fit, by trying each before each."""
    rules = rules_of(plan.place)
    able = sorted(
        (
            (*wish.windows[0][:2], wish)
            for wish in wishes
            if wish.windows[0][0] >= plan.dusk + rules.warm_up
            and wish.windows[0][1] <= plan.dawn
            and not any(
                wish.windows[0][0] < end and start < wish.windows[0][1] for start, end in closed
            )
        ),
        key=lambda entry: entry[:2],
    )
    best: list[int] = []
    for number, (start, _, wish) in enumerate(able):
        before = [
            best[earlier]
            for earlier in range(number)
            if able[earlier][1] + rules.setup(able[earlier][2].own, wish.own) <= start
        ]
        best.append(wish.worth + max(before, default=0))
    return max(best, default=0)


def _missing_fillers(plan: Plan, rules: Rules, closed: Sequence[Span]) -> Iterator[str]:
    for before, after, begin, end in _gaps(plan, rules, list(plan.blocks)):
        least = begin if before is None else begin + rules.setup(before.own, rules.filler_own)
        most = end if after is None else end - rules.setup(rules.filler_own, after.own)
        for low, high in _without((begin, end), closed):
            if min(high, most) - max(low, least) >= rules.filler:
                yield f"a filler has room between {low} and {high}"


def _gaps(
    plan: Plan, rules: Rules, blocks: Sequence[Block]
) -> Iterator[tuple[Block | None, Block | None, int, int]]:
    """The gaps between blocks, the first from the warm-up's end on, the last until dawn."""
    neighbours: list[Block | None] = [None, *blocks, None]
    for before, after in pairwise(neighbours):
        begin = plan.dusk + rules.warm_up if before is None else before.end
        end = plan.dawn if after is None else after.start
        if end > begin:
            yield before, after, begin, end


def _without(span: Span, closed: Sequence[Span]) -> list[Span]:
    """The parts of a span in which the instrument is not closed."""
    parts = [span]
    for begin, end in closed:
        halves = [
            half for low, high in parts for half in ((low, min(high, begin)), (max(low, end), high))
        ]
        parts = [(low, high) for low, high in halves if low < high]
    return parts


def starts_of(plan: Plan, wish: Wish, closed: Sequence[Span]) -> list[Span]:
    """When a wish could start beside all that is planned: from and to, both included."""
    rules = rules_of(plan.place)
    found = []
    least, most = 0, plan.dawn
    if wish.after is not None:
        ends = {block.id: block.end for block in plan.requested}
        if wish.after.wish not in ends:
            return []
        least = ends[wish.after.wish] + wish.after.least
        if wish.after.most is not None:
            most = ends[wish.after.wish] + wish.after.most
    for before, after, begin, end in _gaps(plan, rules, plan.requested):
        low = begin if before is None else begin + rules.setup(before.own, wish.own)
        high = end if after is None else end - rules.setup(wish.own, after.own)
        found += [
            (
                max(low, free[0], window[0], least),
                min(min(high, free[1], window[1]) - wish.duration, most),
            )
            for free in _without((begin, end), closed)
            for window in wish.windows
        ]
    return [(first, last) for first, last in found if first <= last]


def ties(plans: Mapping[str, Plan], wanted: Mapping[str, Wish],
         closed: Mapping[str, Sequence[Span]]) -> list[str]:  # fmt: skip
    """What is wrong across the instruments of one night: pairs apart, and who waits in vain.

    Parameters
    ----------
    plans
        By instrument; all that are planned together.
    wanted
        The wishes for these plans, by id.
    closed
        When each instrument is closed.
    """
    starts = {name: at for plan in plans.values() for name, at in plan.starts.items()}
    found = [
        f"{wish.id} and {wish.together} start at different times"
        for wish in wanted.values()
        if wish.together is not None and starts.get(wish.id) != starts.get(wish.together)
    ]
    for group in _groups(wanted):
        if any(wish.id in starts for wish in group):
            continue
        if any(wish.together is not None and wish.together not in wanted for wish in group):
            continue
        common: list[Span] = [(0, 1 << 62)]
        for wish in group:
            own = starts_of(plans[wish.place], wish, closed.get(wish.place, ()))
            common = [
                (max(a, c), min(b, d)) for a, b in common for c, d in own if max(a, c) <= min(b, d)
            ]
        if common:
            names = [wish.id for wish in group]
            night = group[0].night
            found.append(f"{night}: {names} wait though they could start in {common}")
    return found


def _groups(wanted: Mapping[str, Wish]) -> list[list[Wish]]:
    """Wishes that must start together, alone or two by two or more."""
    group = {name: {name} for name in wanted}
    for wish in wanted.values():
        if wish.together in group:
            whole = group[wish.id] | group[wish.together]
            for name in whole:
                group[name] = whole
    return [[wanted[name] for name in names] for names in {frozenset(g) for g in group.values()}]
