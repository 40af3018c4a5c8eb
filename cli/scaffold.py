"""Scaffold: a new instrument's folder, complete and ready to be changed."""

from __future__ import annotations

import keyword
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from uuid import uuid4

from cli.exits import ExitCode, Failure, UsageFault
from models.instrument import Instrument
from models.topic import PARTITIONS

TEMPLATES = Path(__file__).resolve().parent / "templates" / "instrument"
"""The files of a new instrument; the suffix ``.template`` falls away."""

GENERATORS = (("instruments.schemas", "--write"), ("api.generate",))
"""Programs that bring what is generated from the instruments up to date."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TEXT = re.compile(r"[^\"\\]{1,60}")
_LONGEST_NAME = 40
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a new instrument is to be.

    Parameters
    ----------
    name
        Its folder's name.
    title
        What people call it; empty: made from the name.
    site
        What its place is called; empty: the title.
    latitude, longitude
        In degrees, north and east positive.
    depression
        How far the Sun must stand below the horizon, in degrees.
    """

    name: str
    title: str
    site: str
    latitude: float
    longitude: float
    depression: float


def scaffold(wishes: Wishes, package: Path, installed: Sequence[Instrument]) -> list[Path]:
    """Make the folder of a new instrument, and generate what follows from it.

    Parameters
    ----------
    wishes
        What it is to be.
    package
        The folder of all instruments, in a checkout.
    installed
        Those that there are.

    Returns
    -------
    list
        The files made, in order.

    Raises
    ------
    UsageFault
        A wish cannot be fulfilled; nothing has been changed.
    Failure
        The folder cannot be made or used; nothing is left of it.
    """
    root = package.parent
    if not (root / "pyproject.toml").is_file():
        raise UsageFault(f"{root} is no checkout of nightplan; run the command in one")
    _check(wishes, package, installed)
    texts = _render(wishes, _free_partition(installed))
    folder = package / wishes.name
    try:
        made = _write(folder, texts)
        for module, *arguments in GENERATORS:
            _run([sys.executable, "-m", module, *arguments], root)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        text = error.stderr if isinstance(error, subprocess.CalledProcessError) else error
        raise Failure(
            ExitCode.REJECTED, f"the instrument was not made: {str(text).strip()}"
        ) from error
    return made


def _check(wishes: Wishes, package: Path, installed: Sequence[Instrument]) -> None:
    name = wishes.name
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > _LONGEST_NAME:
        raise UsageFault(
            f"expected a name such as radar_juliusruh: small letters, digits and single "
            f"underscores, a letter first, at most {_LONGEST_NAME} characters, no word of Python; "
            f"got {name!r}"
        )
    if (package / name).exists() or (package / f"{name}.py").exists():
        raise UsageFault(f"there is {package.name}/{name} already; choose another name")
    taken = {i.kind for i in installed} | {i.group.name for i in installed}
    if name in taken:
        raise UsageFault(f"{name} is the kind or the group of other instruments; choose another")
    for option, text in (("--title", wishes.title), ("--site", wishes.site)):
        if text and not (_TEXT.fullmatch(text) and text.isprintable()):
            raise UsageFault(
                f"{option}: expected at most 60 printable characters, no quotation mark and no "
                f"backslash, got {text!r}"
            )
    for option, value, low, high in (
        ("--latitude", wishes.latitude, -90.0, 90.0),
        ("--longitude", wishes.longitude, -180.0, 180.0),
        ("--depression", wishes.depression, 0.1, 18.0),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise UsageFault(f"{option}: expected {low:g} to {high:g} degrees, got {value:g}")


def _free_partition(installed: Sequence[Instrument]) -> int:
    taken = {instrument.group.partition for instrument in installed}
    free = next((number for number in range(PARTITIONS) if number not in taken), None)
    if free is None:
        raise UsageFault(
            f"all {PARTITIONS} partitions belong to scheduling groups already; put the instrument "
            "into one of those by hand, or raise PARTITIONS in models/topic.py"
        )
    return free


def _render(wishes: Wishes, partition: int) -> dict[Path, str]:
    """The text of each file, by its path in the new folder."""
    title = wishes.title or wishes.name.replace("_", " ").capitalize()
    values: Mapping[str, object] = {
        "name": wishes.name,
        "title": title.removesuffix("."),
        "site": wishes.site or title,
        "latitude": repr(wishes.latitude),
        "longitude": repr(wishes.longitude),
        "depression": repr(wishes.depression),
        "id": uuid4(),
        "partition": partition,
    }
    return {
        path.relative_to(TEMPLATES).with_suffix(""): _ordered(
            Template(path.read_text("utf-8")).substitute(values, uuid=uuid4())
        )
        for path in sorted(TEMPLATES.rglob("*.template"))
    }


def _ordered(text: str) -> str:
    """The text with its imports from the instruments in order, which depends on the name."""
    lines = text.splitlines()
    places = [n for n, line in enumerate(lines) if line.startswith("from instruments.")]
    ordered = sorted((lines[n] for n in places), key=lambda line: line.split()[1])
    for n, line in zip(places, ordered, strict=True):
        lines[n] = line
    return "\n".join([*lines, ""])


def _write(folder: Path, texts: Mapping[Path, str]) -> list[Path]:
    folder.mkdir()
    made = []
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        made.append(target)
    return made


def _run(argv: Sequence[str], root: Path) -> None:
    subprocess.run(  # noqa: S603 - our own programs
        argv, cwd=root, check=True, capture_output=True, text=True, timeout=_PATIENCE
    )
