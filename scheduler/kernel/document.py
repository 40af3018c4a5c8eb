"""A problem and its solution as JSON documents: the form of ``nightplan solve``."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.kernel.faults import Fault, ProblemError, fault
from scheduler.kernel.fields import Fields, Path, is_list, pair
from scheduler.kernel.problem import After, FillerSpec, Group, Instrument, Problem, Task, Window
from scheduler.kernel.solution import Solution
from scheduler.kernel.validate import check

LANE_KEYS = ("horizon", "blocked", "setup", "filler")
TOP_KEYS = ("objective", "tasks", "previous", "pinned", "groups", "time_limit", "seed")
TASK_KEYS = (
    *("id", "duration", "windows", "preferences", "priority", "value", "class", "after"),
    "instrument",
)
ONLY = "instrument"
"""Name of the instrument of a document that names none."""


class Reader:
    """Turns a document into a problem, collecting every fault on the way.

    Parameters
    ----------
    document
        As `scheduler.kernel.strict_json.read` returns it.
    """

    def __init__(self, document: object) -> None:
        self.faults: list[Fault] = []
        self.document = document
        self.several = False
        self.listed: set[int] = set()

    def problem(self) -> Problem:
        """Return the checked problem.

        Raises
        ------
        ProblemError
            The document is malformed or the problem contradicts itself; carries every fault, in
            terms of the document.
        """
        top = Fields(self.document, (), self.faults)
        self.several = top.has("instruments")
        top.only((*TOP_KEYS, "instruments") if self.several else (*TOP_KEYS, *LANE_KEYS))
        instruments = self._instruments(top)
        tasks = tuple(
            self._task(Fields(entry, ("tasks", k), self.faults), k, instruments)
            for k, entry in enumerate(top.items("tasks", needed=True))
        )
        groups = tuple(
            self._group(Fields(entry, ("groups", k), self.faults))
            for k, entry in enumerate(top.items("groups"))
        )
        problem = Problem(
            instruments=instruments,
            tasks=tasks,
            objective=top.text("objective", "weighted"),  # type: ignore[arg-type]
            groups=groups,
            previous=self._previous(top, tasks, instruments),
            pinned=frozenset(top.texts("pinned")),
            time_limit=top.number("time_limit", 10),
            seed=top.integer("seed", 0),
        )
        try:
            check(problem)
        except ProblemError as error:
            found = [self._as_written(one) for one in error.faults]
            self.faults += [one for one in found if not self._follows(one)]
        if self.faults:
            raise ProblemError(self.faults)
        return problem

    def _follows(self, later: Fault) -> bool:
        """Whether a fault may be due to one of form, at the same place or just beside it."""
        for first in self.faults:
            depth = min(len(first.path), len(later.path))
            if first.path[:depth] == later.path[:depth]:
                return True
            if first.path[-2:-1] == ("horizon",) and later.path[:-1] == first.path[:-1]:
                return True
            unnamed = len(first.path) <= 2 or first.path[-1] == "id"
            if later.code == "unknown-event" and first.path[0] == "tasks" and unnamed:
                return True
        return False

    def _instruments(self, top: Fields) -> dict[str, Instrument]:
        """Read the instruments, or the only one."""
        if not self.several:
            return {ONLY: self._instrument(top)}
        found = {}
        for name, entry in top.entries("instruments"):
            lane = Fields(entry, ("instruments", name), self.faults)
            lane.only(LANE_KEYS)
            found[name] = self._instrument(lane)
        if not found:
            top.wrong("expected at least one instrument", "instruments")
        return found

    def _instrument(self, lane: Fields) -> Instrument:
        """Read one instrument."""
        horizon = lane.part("horizon", needed=True)
        start, end = 0, 0
        if horizon is not None:
            horizon.only(("start", "end"))
            start, end = horizon.integer("start"), horizon.integer("end")
        filler = lane.part("filler")
        spec = None
        if filler is not None:
            filler.only(("duration", "class"))
            spec = FillerSpec(
                duration=filler.integer("duration", least=1), task_class=filler.integer("class", 0)
            )
        setup = lane.part("setup")
        matrix = None
        if setup is not None:
            setup.only(("matrix",))
            matrix = tuple(
                tuple(setup.integers(row, "matrix", i))
                for i, row in enumerate(setup.items("matrix", needed=True))
            )
        blocked = tuple(
            pair(entry, lane.path("blocked", k), self.faults)
            for k, entry in enumerate(lane.items("blocked"))
        )
        return Instrument(start=start, end=end, blocked=blocked, setup=matrix, filler=spec)

    def _task(self, task: Fields, k: int, instruments: Mapping[str, Instrument]) -> Task:
        """Read one task."""
        task.only(TASK_KEYS)
        after = task.part("after")
        return Task(
            id=task.text("id"),
            duration=task.integer("duration", least=1),
            windows=self._windows(task, k, instruments),
            priority=task.integer("priority", 1, least=1),
            value=task.integer("value", least=0) if task.has("value") else None,
            task_class=task.integer("class", 0, least=0),
            after=None if after is None else self._after(after),
        )

    def _after(self, after: Fields) -> After:
        """Read a dependency."""
        after.only(("id", "min_gap", "max_gap"))
        return After(
            id=after.text("id"),
            min_gap=after.integer("min_gap", 0, least=0),
            max_gap=after.integer("max_gap", least=0) if after.has("max_gap") else None,
        )

    def _windows(
        self, task: Fields, k: int, instruments: Mapping[str, Instrument]
    ) -> dict[str, tuple[Window, ...]]:
        """Read a task's windows: a list for all its instruments, or an object by instrument."""
        names = self._names(task, instruments)
        windows, ranks = task.get("windows"), task.get("preferences")
        if isinstance(windows, dict):
            if not self.several:
                task.wrong("expected a list, as there is one instrument", "windows")
                return {}
            given = task.has("instrument")
            for name in windows:
                if given and name not in names:
                    task.wrong("not among the task's instruments", "windows", name)
            by_name = ranks if isinstance(ranks, dict) else {}
            if ranks is not None and not isinstance(ranks, dict):
                task.wrong("expected an object, as windows is one", "preferences")
            return {
                name: self._list(task, entry, by_name.get(name), (name,))
                for name, entry in windows.items()
            }
        self.listed.add(k)
        if not names and self.several:
            if len(instruments) > 1:
                task.wrong("instrument is missing: expected one, as there are several")
            names = [*instruments]
        found = self._list(task, windows, ranks, ())
        return dict.fromkeys(names or [ONLY], found)

    def _names(self, task: Fields, instruments: Mapping[str, Instrument]) -> list[str]:
        """Read the names of a task's instruments."""
        if not task.has("instrument"):
            return []
        if not self.several:
            task.wrong("the document names no instruments", "instrument")
            return []
        value = task.get("instrument")
        names = task.texts("instrument") if is_list(value) else [task.text("instrument")]
        for name in names:
            if name not in instruments:
                known = ", ".join(instruments) or "none"
                detail = f"expected one of: {known}; got {name!r}"
                self.faults.append(fault("unknown-instrument", detail, *task.path("instrument")))
        return [name for name in names if name in instruments]

    def _list(self, task: Fields, windows: object, ranks: object, at: Path) -> tuple[Window, ...]:
        """Read one list of windows and their preferences."""
        if not isinstance(windows, list):
            if at:
                task.expected("a list of windows", windows, "windows", *at)
            else:
                task.missing("a list of windows", windows, "windows")
            return ()
        preferences = [0] * len(windows)
        if ranks is not None:
            preferences = task.integers(ranks, "preferences", *at, least=0)
            if len(preferences) != len(windows):
                detail = f"expected {len(windows)} preferences, one for each window"
                task.wrong(f"{detail}, got {len(preferences)}", "preferences", *at)
                preferences = [0] * len(windows)
        found = []
        for k, entry in enumerate(windows):
            start, end = pair(entry, task.path("windows", *at, k), self.faults)
            found.append(Window(start=start, end=end, preference=preferences[k]))
        return tuple(found)

    def _group(self, group: Fields) -> Group:
        """Read one group."""
        group.only(("rule", "tasks"))
        return Group(rule=group.text("rule"), tasks=tuple(group.texts("tasks", needed=True)))  # type: ignore[arg-type]

    def _previous(
        self, top: Fields, tasks: tuple[Task, ...], instruments: Mapping[str, Instrument]
    ) -> dict[str, tuple[str, int]]:
        """Read the previous schedule: starts, or objects with instrument and start."""
        lanes = {task.id: task.windows for task in tasks}
        found: dict[str, tuple[str, int]] = {}
        for name, entry in top.entries("previous"):
            if isinstance(entry, dict):
                place = Fields(entry, ("previous", name), self.faults)
                place.only(("instrument", "start"))
                found[name] = (place.text("instrument", ONLY), place.integer("start"))
                continue
            start = top.whole(entry, "previous", name)
            options = list(lanes.get(name, ()))
            if len(options) > 1:
                top.wrong("expected an object with instrument and start", "previous", name)
            found[name] = ((options or [*instruments, ONLY])[0], start)
        return found

    def _as_written(self, found: Fault) -> Fault:
        """Return a fault whose path fits the document's form."""
        path = list(found.path)
        if not self.several and path[:1] == ["instruments"]:
            del path[:2]
        by_instrument = path[2:3] in (["windows"], ["preferences"])
        if path[:1] == ["tasks"] and by_instrument and path[1] in self.listed:
            del path[3:4]
        return Fault(code=found.code, title=found.title, detail=found.detail, path=tuple(path))


def written(solution: Solution, problem: Problem) -> dict[str, object]:
    """Return a solution as a document.

    Parameters
    ----------
    solution, problem
        With one unnamed instrument, places carry no instrument and fillers are pairs.
    """
    single = [*problem.instruments] == [ONLY]
    scheduled = []
    for p in solution.scheduled:
        entry: dict[str, object] = {"id": p.id, "start": p.start, "end": p.end, "window": p.window}
        scheduled.append(entry if single else {**entry, "instrument": p.instrument})
    return {
        "status": solution.status,
        "objective": _number(solution.objective),
        "bound": _number(solution.bound),
        "gap": solution.gap,
        "wall_seconds": round(solution.wall_seconds, 6),
        "scheduled": scheduled,
        "not_scheduled": [
            {"id": left.id, "reason": left.reason}
            | ({"in_the_way": [*left.in_the_way]} if left.in_the_way else {})
            for left in solution.not_scheduled
        ],
        "fillers": [
            [f.start, f.end]
            if single
            else {"instrument": f.instrument, "start": f.start, "end": f.end}
            for f in solution.fillers
        ],
        "requested_seconds": solution.requested,
        "filled_seconds": solution.filled,
        "idle_seconds": solution.idle,
    }


def _number(value: int | tuple[int, ...]) -> int | list[int]:
    """Return a value as JSON knows it."""
    return value if isinstance(value, int) else [*value]
