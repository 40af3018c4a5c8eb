"""``python -m tests.faults.mutants``: plants each bug and sees whether the checker notices."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.surroundings import Surroundings
from tests.faults.checker import Verdict, judge
from tests.faults.history import Entry, write_history
from tests.faults.mutations import MUTATIONS, NAMES, prepare
from tests.faults.programs.control import Control
from tests.faults.scenes import EXPECTED, SCENES
from tests.faults.stage import ArrangedSystem, Stage

AT_ONCE = 2
"""Systems that run at once: most of the time each of them waits."""
SOUND = "none"
"""The name of the system without a bug, on which every scene is played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of one bug.

    Parameters
    ----------
    name
        Of the mutation, or :data:`SOUND`.
    verdict
        What the checker says.
    seconds
        How long it took.
    directory
        Where logs and the history are.
    """

    name: str
    verdict: Verdict
    seconds: float
    directory: Path

    @property
    def wrong(self) -> frozenset[str]:
        """The rules that should have noticed, or, without a bug, those that should not have."""
        broken = self.verdict.broken
        return broken if self.name == SOUND else EXPECTED[self.name] - broken

    def __str__(self) -> str:
        story = MUTATIONS[self.name].story if self.name in MUTATIONS else "No bug."
        noticed = ", ".join(sorted(self.verdict.broken)) or "no rule"
        lines = [f"{self.name:<24}{self.seconds:5.1f} s  {story}", f"{'':<33}noticed by {noticed}"]
        if self.wrong:
            lines += [f"NOT AS EXPECTED: {', '.join(sorted(self.wrong))}", str(self.verdict)]
            lines += [f"history and logs are in {self.directory}"]
        return "\n".join(lines)


@contextmanager
def playing(names: Sequence[str], directory: Path) -> Iterator[Mapping[str, Future[Played]]]:
    """Plant each bug into a system of its own, play its scene and judge what was seen.

    Parameters
    ----------
    names
        Of mutations, or :data:`SOUND`.
    directory
        Exists; for everything that is kept.
    """
    surroundings = Surroundings(directory / "surroundings")
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield {name: pool.submit(_play, name, surroundings, directory) for name in names}
    finally:
        surroundings.stop()


def _play(name: str, surroundings: Surroundings, root: Path) -> Played:
    began = time.monotonic()
    directory = root / name
    directory.mkdir()
    entries = asyncio.run(_perform(name, surroundings, directory))
    write_history(directory / "history.jsonl", entries)
    verdict, seconds = judge(entries), time.monotonic() - began
    return Played(name=name, verdict=verdict, seconds=seconds, directory=directory)


async def _perform(name: str, surroundings: Surroundings, directory: Path) -> Sequence[Entry]:
    addresses = await asyncio.to_thread(surroundings.start, f"mutant-{name}")
    mutation = "" if name == SOUND else name
    if mutation:
        await prepare(mutation, addresses.database)
    system = ArrangedSystem(directory, addresses, mutation)
    system.start()
    stage = Stage(system, addresses, Control(directory))
    try:
        await stage.ready()
        scenes = dict.fromkeys(SCENES.values()) if name == SOUND else [SCENES[name]]
        for scene in scenes:
            await scene(stage)
            stage.next_scene()
        return await stage.finish()
    finally:
        await stage.close()


def main() -> int:
    """Play what the arguments name, or everything.

    Returns
    -------
    int
        1 if a bug was not noticed, or a sound system was found at fault.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join((SOUND, *NAMES))}; default: all")
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="nightplan-mutants-"))
    bad = False
    with playing(given.names or (SOUND, *NAMES), root) as plays:
        for play in plays.values():
            played = play.result()
            bad = bad or bool(played.wrong)
            sys.stdout.write(f"{played}\n")
            sys.stdout.flush()
    if not bad:
        shutil.rmtree(root)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
