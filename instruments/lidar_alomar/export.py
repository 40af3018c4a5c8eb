"""A block of the lidar in the controller's plain text plan."""

from __future__ import annotations

from models.schedule import Block


def line(block: Block) -> tuple[str, ...]:
    """Zenith and azimuth in degrees and the mode."""
    return tuple(str(block.attributes[name]) for name in ("zenith", "azimuth", "mode"))
