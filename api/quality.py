"""How good a plan is, as documents tell it."""

from __future__ import annotations

from api.document import Json
from models.schedule import Quality


def solver_facts(quality: Quality | None) -> Json | None:
    """Status, objective, value, bound and gap of the last solve; durations in seconds."""
    if quality is None:
        return None
    return {
        "status": quality.status,
        "objective": quality.objective.value,
        "value": _in_seconds(quality.value),
        "bound": _in_seconds(quality.bound),
        "gap": quality.gap,
        "solve_milliseconds": quality.solve_ms,
    }


def _in_seconds(value: int | tuple[int, ...]) -> float | list[float]:
    """Milliseconds (times priority, where that is the objective) as seconds."""
    if isinstance(value, int):
        return value / 1000
    return [entry / 1000 for entry in value]
