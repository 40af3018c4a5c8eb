"""Hypothesis strategies: nights of every kind, small enough to check by other means."""

from __future__ import annotations

from hypothesis import strategies as st

from scheduler.kernel import After, FillerSpec, Group, Instrument, Problem, Task, Window

OBJECTIVES = ("duration", "priority", "weighted")


@st.composite
def setups(draw, classes: int = 3):
    """A setup matrix, with or without the triangle inequality, or none."""
    if draw(st.booleans()):
        return None
    row = st.tuples(*[st.integers(0, 6)] * classes)
    return draw(st.tuples(*[row] * classes))


@st.composite
def instruments(draw, span: int, *, setup: bool = True):
    """An instrument over a short horizon."""
    blocked = draw(
        st.lists(st.tuples(st.integers(-3, span), st.integers(0, 8)), max_size=2).map(
            lambda pairs: tuple((low, low + length) for low, length in pairs)
        )
    )
    filler = draw(st.none() | st.builds(_filler, st.integers(1, 9), st.none() | st.integers(0, 2)))
    return Instrument(
        start=0, end=span, blocked=blocked, setup=draw(setups()) if setup else None, filler=filler
    )


def _filler(duration: int, task_class: int | None) -> FillerSpec:
    return FillerSpec(duration=duration, task_class=task_class)


@st.composite
def fixed_tasks(draw, span: int, count: int, names=("opn",), longest: int = 12):
    """Tasks with one place each."""
    found = []
    for k in range(draw(st.integers(0, count))):
        duration = draw(st.integers(1, longest))
        start = draw(st.integers(-2, span - 1))
        found.append(
            Task(
                id=f"t{k}",
                duration=duration,
                windows={
                    draw(st.sampled_from(names)): (Window(start=start, end=start + duration),)
                },
                priority=draw(st.integers(1, 5)),
                value=draw(st.none() | st.integers(0, 40)),
                task_class=draw(st.integers(0, 2)),
            )
        )
    return tuple(found)


@st.composite
def fixed_nights(draw, count: int = 12):
    """One instrument, fixed tasks."""
    span = draw(st.integers(5, 60))
    return Problem(
        instruments={"opn": draw(instruments(span))},
        tasks=draw(fixed_tasks(span, count)),
        objective=draw(st.sampled_from(OBJECTIVES)),
    )


@st.composite
def flexible_tasks(draw, span: int, count: int, names=("opn",)):
    """Tasks with one or two windows on one or more instruments."""
    found = []
    for k in range(draw(st.integers(0, count))):
        duration = draw(st.integers(1, 9))
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        windows = {}
        for name in chosen:
            windows[name] = tuple(
                Window(start=low, end=low + duration + slack, preference=rank)
                for low, slack, rank in draw(
                    st.lists(
                        st.tuples(st.integers(-2, span), st.integers(0, 14), st.integers(0, 2)),
                        min_size=1,
                        max_size=2,
                    )
                )
            )
        found.append(
            Task(
                id=f"t{k}",
                duration=duration,
                windows=windows,
                priority=draw(st.integers(1, 5)),
                value=draw(st.none() | st.integers(0, 40)),
                task_class=draw(st.integers(0, 2)),
            )
        )
    return found


@st.composite
def couplings(draw, tasks):
    """The same tasks, some after others, and groups of them."""
    bound = list(tasks)
    for k in range(1, len(bound)):
        if draw(st.integers(0, 3)) == 0:
            most = draw(st.none() | st.integers(0, 8))
            least = draw(st.integers(0, 4 if most is None else min(4, most)))
            after = After(id=bound[draw(st.integers(0, k - 1))].id, min_gap=least, max_gap=most)
            old = bound[k]
            bound[k] = Task(
                id=old.id,
                duration=old.duration,
                windows=old.windows,
                priority=old.priority,
                value=old.value,
                task_class=old.task_class,
                after=after,
            )
    groups = []
    if len(bound) > 1 and draw(st.booleans()):
        names = draw(
            st.lists(st.sampled_from([t.id for t in bound]), min_size=2, max_size=3, unique=True)
        )
        groups.append(
            Group(rule=draw(st.sampled_from(["all", "one", "together"])), tasks=tuple(names))
        )
    return tuple(bound), tuple(groups)


@st.composite
def flexible_nights(draw, count: int = 6, *, coupled: bool = True, lanes: int = 1):
    """Tiny nights of flexible tasks with setup times, dependencies and groups."""
    span = draw(st.integers(8, 40))
    names = ("opn", "otl")[:lanes]
    tasks = tuple(draw(flexible_tasks(span, count, names)))
    groups = ()
    if coupled:
        tasks, groups = draw(couplings(tasks))
    return Problem(
        instruments={name: draw(instruments(span)) for name in names},
        tasks=tasks,
        objective=draw(st.sampled_from(OBJECTIVES)),
        groups=groups,
        time_limit=5,
    )
