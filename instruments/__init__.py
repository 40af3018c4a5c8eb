"""The instruments: every public child folder is one; :func:`discover` finds them.

A folder ``instruments`` with an ``__init__.py`` elsewhere on ``PYTHONPATH`` counts as well,
so that an observatory's own instruments need not stand in this checkout.

Children whose names begin with ``_`` hold what instruments of one kind share; modules
beside the folders (fields, rules, validation, schemas, examples) serve all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from uuid import UUID

from models.errors import NightplanError
from models.instrument import Instrument

__path__ = pkgutil.extend_path(__path__, __name__)


class InconsistentInstruments(NightplanError):
    """The instruments contradict one another or their folders.

    Parameters
    ----------
    contradictions
        One sentence each.
    """

    def __init__(self, contradictions: Sequence[str]) -> None:
        self.contradictions = tuple(contradictions)
        super().__init__("; ".join(self.contradictions))


@cache
def discover() -> tuple[Instrument, ...]:
    """All instruments, sorted by name; looked up once.

    Raises
    ------
    InconsistentInstruments
        An id or a name is used twice, a name is not its folder's, or the scheduling
        groups and their partitions do not match one to one.
    """
    folders = sorted(
        child.name
        for child in pkgutil.iter_modules(__path__)
        if child.ispkg and not child.name.startswith("_")
    )
    instruments = [importlib.import_module(f"{__name__}.{name}").INSTRUMENT for name in folders]
    contradictions = [
        f"the folder {folder} declares the name {instrument.name}"
        for folder, instrument in zip(folders, instruments, strict=True)
        if folder != instrument.name
    ]
    contradictions += find_contradictions(instruments)
    if contradictions:
        raise InconsistentInstruments(contradictions)
    return tuple(instruments)


def find(id_or_name: UUID | str) -> Instrument | None:
    """The instrument with this id (a UUID or its text) or this name, or None."""
    wanted = str(id_or_name)
    for instrument in discover():
        if wanted == instrument.name or wanted.lower() == str(instrument.id):
            return instrument
    return None


def find_contradictions(instruments: Sequence[Instrument]) -> list[str]:
    """Where instruments contradict one another, one sentence each.

    Parameters
    ----------
    instruments
        All that are to run together.
    """
    found = []
    names: set[str] = set()
    ids: dict[UUID, str] = {}
    partitions: dict[str, int] = {}
    groups: dict[int, str] = {}
    for instrument in instruments:
        group = instrument.group
        if instrument.name in names:
            found.append(f"the name {instrument.name} is used twice")
        names.add(instrument.name)
        other = ids.setdefault(instrument.id, instrument.name)
        if other != instrument.name:
            found.append(f"{instrument.name} has the id of {other}")
        partition = partitions.setdefault(group.name, group.partition)
        if partition != group.partition:
            found.append(
                f"the group {group.name} has the partitions {partition} and {group.partition}"
            )
        owner = groups.setdefault(group.partition, group.name)
        if owner != group.name:
            found.append(
                f"partition {group.partition} belongs to the groups {owner} and {group.name}"
            )
    return found
