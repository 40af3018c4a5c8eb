"""Control: what the driver asks of a process while it runs, by files in a directory.

``clock-PART`` holds by how many seconds the part's clock is wrong. ``crash`` holds a crash
point and the number of passages after which whoever passes it ends itself; the first that
removes the file is the one.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

DIRECTORY = "FAULTS_CONTROL"
PART = "FAULTS_PART"
MUTATION = "FAULTS_MUTATION"
DEADLY_AZIMUTH = "66.666"
"""An event with this attribute ends the scheduler that begins to decide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashOrder:
    """Where a scheduler ends itself.

    Parameters
    ----------
    point
        The crash point's name.
    passages
        At which passage, from 1.
    """

    point: str
    passages: int


class Control:
    """The files by which driver and processes talk.

    Parameters
    ----------
    directory
        Where they are.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._crash = directory / "crash"
        self._seen: tuple[int, int] | None = None
        self._order: CrashOrder | None = None
        self._passed = 0

    def set_clock(self, part: str, seconds: float) -> None:
        """Make a part's clock wrong by so many seconds; 0: right again."""
        self._write(self.directory / f"clock-{part}", str(seconds))

    def clock_error(self, part: str) -> float:
        """By how many seconds a part's clock is wrong."""
        try:
            return float((self.directory / f"clock-{part}").read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0

    def arm(self, order: CrashOrder) -> None:
        """Have the next process that passes a point so often end itself."""
        text = json.dumps({"point": order.point, "passages": order.passages})
        self._write(self._crash, text)

    def disarm(self) -> bool:
        """Take the order back; tells whether nobody has carried it out."""
        try:
            self._crash.unlink()
        except FileNotFoundError:
            return False
        return True

    def is_armed(self) -> bool:
        """Whether nobody has carried the order out yet."""
        return self._crash.exists()

    def due(self, point: str) -> bool:
        """Count a passage; whether this process must end itself now, and nobody else."""
        try:
            status = self._crash.stat()
            seen = (status.st_ino, status.st_mtime_ns)
            if seen != self._seen:
                self._order = CrashOrder(**json.loads(self._crash.read_text(encoding="ascii")))
                self._seen, self._passed = seen, 0
        except FileNotFoundError:
            return False
        if self._order is None or self._order.point != point:
            return False
        self._passed += 1
        return self._passed >= self._order.passages and self.disarm()

    def _write(self, path: Path, text: str) -> None:
        new = path.with_suffix(".new")
        new.write_text(text, encoding="ascii")
        new.replace(path)


def end_now() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
