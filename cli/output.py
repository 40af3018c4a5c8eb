"""Output: tables for people, lines for programs, documents for ``--json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table on a terminal.

    Parameters
    ----------
    title
        What stands above it.
    right
        Whether numbers are aligned in it.
    folds
        Whether it may be broken into several lines.
    """

    title: str
    right: bool = False
    folds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    shown
        The cells of the table on a terminal.
    plain
        The fields of the line in a pipe.
    style
        How the row looks on a terminal that has colours.
    """

    shown: Sequence[str]
    plain: Sequence[str]
    style: str = ""


class Output:
    """Where a command writes its results.

    Parameters
    ----------
    json
        Whether documents are wanted instead of text.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.terminal = sys.stdout.isatty()
        self._console: Console | None = None
        self._noted: set[str] = set()

    def document(self, document: Mapping[str, Any]) -> None:
        """Write a JSON document: on one line in a pipe, indented on a terminal."""
        unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        text = json.dumps(document, ensure_ascii=not unicode, indent=2 if self.terminal else None)
        # What no UTF-8 can hold came escaped and leaves escaped.
        if any("\ud800" <= character <= "\udfff" for character in text):
            text = json.dumps(document, indent=2 if self.terminal else None)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def table(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Write rows: a table on a terminal, else fields separated by tabs without a title."""
        if not self.terminal:
            for row in rows:
                sys.stdout.write("\t".join(printable(field) for field in row.plain) + "\n")
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                no_wrap=not column.folds,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row.shown), style=row.style)
        self._rich().print(table)

    def line(self, text: str, *, plain: Sequence[str] | None = None, style: str = "") -> None:
        """Write one line at once.

        Parameters
        ----------
        text
            For a terminal, and for a pipe if ``plain`` is None.
        plain
            The fields for a pipe, separated by tabs.
        style
            How it looks on a terminal that has colours.
        """
        if self.terminal:
            from rich.text import Text

            self._rich().print(Text(printable(text), style=style), soft_wrap=True)
        else:
            fields = [text] if plain is None else plain
            sys.stdout.write("\t".join(printable(field) for field in fields) + "\n")
        sys.stdout.flush()

    def text(self, text: str) -> None:
        """Write a text as it is."""
        sys.stdout.write(text)

    def note(self, text: str) -> None:
        """Tell the user something that is no result."""
        sys.stdout.flush()
        sys.stderr.writelines(f"{printable(line)}\n" for line in text.splitlines())

    def note_once(self, text: str) -> None:
        """The same, unless it has been said."""
        if text not in self._noted:
            self._noted.add(text)
            self.note(text)

    def _rich(self) -> Console:
        if self._console is None:
            from rich.console import Console

            console = Console(highlight=False, emoji=False, markup=False)
            if console.no_color:
                # NO_COLOR: no bold either, nothing but text.
                console = Console(highlight=False, emoji=False, markup=False, color_system=None)
            self._console = console
        return self._console


def printable(text: str) -> str:
    """A text without anything that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
