"""Which scheduling groups a process serves."""

from __future__ import annotations

from collections.abc import Sequence

from models.instrument import Instrument, SchedulingGroup


def served_groups(
    instruments: Sequence[Instrument], names: Sequence[str]
) -> dict[SchedulingGroup, list[Instrument]]:
    """The instruments by scheduling group, of the groups named or of all.

    Raises
    ------
    SystemExit
        A name is that of no group.
    """
    groups: dict[SchedulingGroup, list[Instrument]] = {}
    for instrument in instruments:
        groups.setdefault(instrument.group, []).append(instrument)
    unknown = set(names) - {group.name for group in groups}
    if unknown:
        known = ", ".join(sorted(group.name for group in groups))
        msg = f"NIGHTPLAN_GROUPS: expected some of {known}, got {', '.join(sorted(unknown))}"
        raise SystemExit(msg)
    return {group: some for group, some in groups.items() if not names or group.name in names}
