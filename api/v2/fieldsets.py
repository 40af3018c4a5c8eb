"""Sparse fieldsets: ``fields[…]`` leaves attributes out of resources."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from api.document import Json
from api.problems import from_faults
from models.errors import Fault, Reason


class Fieldsets:
    """Which fields of the resources of each type are wanted.

    Parameters
    ----------
    query
        The request's query parameters.
    known
        The fields that resources of each family have, by the name that the family has
        in ``fields[…]``; a ``type`` of its own goes before the name of all.

    Raises
    ------
    Problem
        400: a field is asked for that there is not.
    """

    def __init__(self, query: Mapping[str, str], known: Mapping[str, Collection[str]]) -> None:
        self._wanted: dict[str, list[str]] = {}
        faults = []
        for family, fields in known.items():
            name = f"fields[{family}]"
            if name not in query:
                continue
            wanted = [field for field in query[name].split(",") if field]
            self._wanted[family] = wanted
            strange = [field for field in wanted if field not in fields]
            if strange:
                faults.append(
                    Fault(
                        reason=Reason.SCHEMA,
                        detail=f"expected some of {', '.join(sorted(fields))}, got "
                        f"{ascii(strange[0])[:60]}",
                        parameter=name,
                    )
                )
        if faults:
            raise from_faults(faults)

    @staticmethod
    def parameters(known: Collection[str]) -> tuple[str, ...]:
        """The names of the query parameters for these families."""
        return tuple(f"fields[{family}]" for family in known)

    def __bool__(self) -> bool:
        return bool(self._wanted)

    @property
    def name(self) -> str:
        """A text that is the same for the same fields, for entity tags."""
        return ";".join(f"{family}={','.join(sorted(set(fields)))}"
                        for family, fields in sorted(self._wanted.items()))  # fmt: skip

    def apply(self, found: Json, family: str) -> Json:
        """A resource with the fields that are wanted.

        Parameters
        ----------
        found
            The resource.
        family
            What it is called in ``fields[…]`` where its type is not named there.
        """
        wanted = self._wanted.get(found["type"], self._wanted.get(family))
        if wanted is None:
            return found
        kept = {**found}
        for member in ("attributes", "relationships"):
            if member in found:
                kept[member] = {n: value for n, value in found[member].items() if n in wanted}
                if not kept[member]:
                    del kept[member]
        return kept
