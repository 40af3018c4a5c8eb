"""Recorder: the history as it is written, and the numbers of a campaign under way."""

from __future__ import annotations

import itertools
from collections import Counter

from tests.faults.history import Entry, Injected, Sent, Writer


class Recorder:
    """Writes the history and counts what budgets are about.

    Parameters
    ----------
    writer
        Where the history goes.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._numbers = itertools.count(1)
        self.commands = 0
        self.tries = 0
        self.faults: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.surprises: list[str] = []

    def write(self, entry: Entry) -> None:
        """Append one entry."""
        if isinstance(entry, Sent):
            self.tries += 1
            self.commands += entry.attempt == 1
        elif isinstance(entry, Injected):
            self.faults[entry.fault] += 1
        self._writer.write(entry)

    def next_number(self) -> int:
        """The number of one more try."""
        return next(self._numbers)
