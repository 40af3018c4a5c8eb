"""A block of FAIM in the controller's plain text plan."""

from __future__ import annotations

from models.schedule import Block


def line(block: Block) -> tuple[str, ...]:
    """Zenith and azimuth in degrees and the number of pictures; ``-`` where there is none."""
    return tuple(
        str(block.attributes.get(name, "-")) for name in ("zenith", "azimuth", "number_of_photos")
    )
