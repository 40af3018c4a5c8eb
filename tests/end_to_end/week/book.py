"""The book: what became of every wish, as the answers told, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.end_to_end.asking import Json
from tests.end_to_end.week.wish import ACTIVE, Wish

Entry = tuple[str, str]
"""An event's id and the state that it came to."""


class Book:
    """Keeps the wishes, and every change of a state by instrument.

    What one request changed happened at once: its entries are one step, in no order.
    """

    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self.steps: defaultdict[str, list[Counter[Entry]]] = defaultdict(list)
        self.closed: dict[str, tuple[str, int, int]] = {}
        self.displacements = 0
        self.returns = 0

    def decided(self, wish: Wish | None, state: str, meta: Json) -> None:
        """Enter one answer: the wish it was about, and the others that it names."""
        step: list[tuple[Wish, str]] = []
        for name in meta.get("displaced", ()):
            other = self.wishes[name]
            assert other.state == "scheduled", f"{name} was {other.states}, and is displaced"
            step.append((other, "displaced"))
            self.displacements += 1
        for name in meta.get("scheduled", ()):
            other = self.wishes[name]
            assert other.state in {"waiting", "displaced"}, f"{name} came back: {other.states}"
            step.append((other, "scheduled"))
            self.returns += 1
        if wish is not None:
            self.wishes[wish.id] = wish
            step.append((wish, state))
        self.enter(step)

    def enter(self, step: Iterable[tuple[Wish, str]]) -> None:
        """Enter state changes that happened at once."""
        entries: defaultdict[str, Counter[Entry]] = defaultdict(Counter)
        for wish, state in step:
            wish.states.append(state)
            entries[wish.place][wish.id, state] += 1
        for place, counted in entries.items():
            self.steps[place].append(counted)

    def wanted(self, place: str, night: str) -> dict[str, Wish]:
        """The wishes that compete for a night of an instrument."""
        return {
            wish.id: wish
            for wish in self.wishes.values()
            if wish.place == place and wish.night == night and wish.state in ACTIVE
        }

    def active(self, *states: str) -> list[Wish]:
        """The wishes in one of these states, or in any in which they are wanted."""
        allowed = set(states) or ACTIVE
        return [wish for wish in self.wishes.values() if wish.state in allowed]

    def closures(self, place: str) -> list[tuple[int, int]]:
        """When an instrument is closed, in milliseconds."""
        return [(begin, end) for where, begin, end in self.closed.values() if where == place]

    def named(self) -> set[str]:
        """Wishes that another one is to start together with."""
        return {wish.together for wish in self.active() if wish.together is not None}

    def check_order(self, place: str, told: list[Entry]) -> list[str]:
        """What is wrong with the order in which an instrument's state changes were told."""
        rest = list(told)
        for number, step in enumerate(self.steps[place]):
            some, rest = rest[: step.total()], rest[step.total() :]
            if Counter(some) != step:
                return [f"{place}: step {number} is {dict(step)}, told was {some}"]
        return [f"{place}: told as well: {rest}"] if rest else []
