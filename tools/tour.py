"""``python -m tools.tour [--write]``: runs the README's tour, compares or renews what it prints.

The tour is the README's section of that name. A fenced block of ``sh``, ``r`` or ``python``
is a step; a ``text`` or ``json`` block right after it is what it prints. All steps run in
order in one bash session, ``r`` by Rscript and ``python`` by the interpreter in ``.venv``.

Two runs print different ids, dates and times. What is printed matches what is documented if
both are the same up to these:

- ids and dates (:data:`_RENAMED`): one stands for another, the same one wherever it occurs;
- times of day that no step writes, since they follow from the Sun or the clock: any time;
- the numbers after the words in :data:`_FREE`, which follow from the night's length or the
  machine's speed: any number.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.local_system import ROOT, running_system

README = ROOT / "README.md"
SECTION = "A tour in five minutes"
SERVER = "http://127.0.0.1:8000"
"""The server as the README writes it."""

STEPS = {"sh": "", "r": "Rscript ", "python": "python "}
"""The languages of a step, each with the program that runs a file of it."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_RENAMED = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d+)?"
_FREE = r"(?<=filled_seconds\": )[\d.]+|(?<=idle_seconds\": )[\d.]+|(?<=milliseconds\": )[\d.]+"
_TOKEN = re.compile(f"({_RENAMED}|{_TIME}|{_FREE})")
_MARK = "===== step"
_LIMIT = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One block of the tour.

    Parameters
    ----------
    language
        ``sh``, ``r`` or ``python``.
    source
        What is run.
    prints
        What the README says that it prints; empty where it shows nothing.
    place
        Where that text stands in the README, first and last character; equal where it is none.
    """

    language: str
    source: str
    prints: str
    place: tuple[int, int]


def read_tour(markdown: str) -> list[Step]:
    """Find the steps of the tour.

    Parameters
    ----------
    markdown
        The README.

    Raises
    ------
    ValueError
        There is no such section, or a block in it is neither a step nor follows one.
    """
    begin = markdown.index(f"\n## {SECTION}\n")
    end = markdown.find("\n## ", begin + 1)
    blocks = list(_FENCE.finditer(markdown, begin, end if end > 0 else len(markdown)))
    steps: list[Step] = []
    for number, block in enumerate(blocks):
        language, source = block.groups()
        if language in STEPS:
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            shown = after if after is not None and after[1] not in STEPS else None
            steps.append(
                Step(
                    language=language,
                    source=source,
                    prints=shown[2] if shown else "",
                    place=shown.span(2) if shown else (0, 0),
                )
            )
        elif number == 0 or blocks[number - 1][1] not in STEPS:
            msg = f"the tour has a block of {language!r} that follows no step"
            raise ValueError(msg)
    return steps


def run_tour(steps: Sequence[Step], server: str) -> list[str]:
    """Run the steps in one bash session; return what each printed, errors included.

    Parameters
    ----------
    steps
        In order.
    server
        The API's base URL, put in the place of :data:`SERVER`.
    """
    with tempfile.TemporaryDirectory() as directory:
        lines = []
        for number, step in enumerate(steps):
            source = step.source.replace(SERVER, server)
            if step.language != "sh":
                file = Path(directory) / f"step_{number}.{step.language}"
                file.write_text(source, encoding="utf-8")
                source = f"{STEPS[step.language]}{file}\n"
            lines.append(f"echo '{_MARK} {number}'\n{source}")
        done = subprocess.run(
            ["bash", "-u"],  # noqa: S607 - bash, wherever it is
            input=_preamble() + "".join(lines),
            stdout=subprocess.PIPE,
            check=False,
            cwd=ROOT,
            timeout=_LIMIT,
            encoding="utf-8",
        )
    parts = re.split(rf"^{_MARK} \d+\n", done.stdout, flags=re.MULTILINE)
    return parts[1:]


def _preamble() -> str:
    """What the session begins with: this interpreter, and the command where it is not installed."""
    programs = Path(sys.executable).parent
    lines = ["exec 2>&1", f"export PATH={shlex.quote(str(programs))}:$PATH"]
    if not (programs / "nightplan").exists():
        lines.append('nightplan() { python -m cli "$@"; }')
    return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Matcher:
    """Compares what is printed with what is documented, through the whole tour.

    Parameters
    ----------
    written
        Times of day that the steps write; these stay as they are.
    """

    written: frozenset[str]
    _real: dict[str, str] = field(default_factory=dict)

    def differences(self, documented: str, printed: str) -> list[str]:
        """Every line that differs, as a line of text; empty if none does."""
        left, right = documented.splitlines(), printed.splitlines()
        found = [
            f"line {number}: documented {a!r}, printed {b!r}"
            for number, (a, b) in enumerate(zip(left, right, strict=False), 1)
            if not self._same(a, b)
        ]
        if len(left) != len(right):
            found.append(f"documented {len(left)} lines, printed {len(right)}:\n{printed}")
        return found

    def _same(self, documented: str, printed: str) -> bool:
        left, right = _TOKEN.split(documented), _TOKEN.split(printed)
        return len(left) == len(right) and all(
            a == b if index % 2 == 0 else self._match(a, b)
            for index, (a, b) in enumerate(zip(left, right, strict=True))
        )

    def _match(self, documented: str, printed: str) -> bool:
        if re.fullmatch(_RENAMED, documented):
            known = self._real.setdefault(documented, printed)
            return known == printed and list(self._real.values()).count(printed) == 1
        if re.fullmatch(_TIME, documented) and documented.partition(".")[0] in self.written:
            return documented == printed
        return re.sub(r"\d+", "0", documented.partition(".")[0]) == re.sub(
            r"\d+", "0", printed.partition(".")[0]
        )


def matcher(steps: Sequence[Step]) -> Matcher:
    """A matcher for these steps."""
    times = (time for step in steps for time in re.findall(_TIME, step.source))
    return Matcher(frozenset(time.partition(".")[0] for time in times))


def renew(markdown: str, steps: Sequence[Step], printed: Sequence[str]) -> str:
    """The README with what was printed in the place of what was documented."""
    for step, text in reversed(list(zip(steps, printed, strict=True))):
        first, last = step.place
        if last:
            markdown = markdown[:first] + text + markdown[last:]
    return markdown


def main() -> None:
    """Run the tour on a system of its own; compare, or with ``--write`` renew the README."""
    parser = argparse.ArgumentParser(prog="python -m tools.tour", description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew what the README shows")
    given = parser.parse_args()
    markdown = README.read_text(encoding="utf-8")
    steps = read_tour(markdown)
    with tempfile.TemporaryDirectory() as directory, running_system(Path(directory)) as server:
        printed = [text.replace(server, SERVER) for text in run_tour(steps, server)]
    if given.write:
        README.write_text(renew(markdown, steps, printed), encoding="utf-8")
        return
    compare = matcher(steps)
    found = [
        line
        for step, text in zip(steps, printed, strict=True)
        for line in compare.differences(step.prints, text)
    ]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
