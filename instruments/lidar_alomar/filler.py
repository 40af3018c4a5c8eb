"""What fills the gaps of the lidar: temperature profiles at the zenith.

The laser is warm and runs between events anyway, and the long series of temperatures at
the zenith gains from every ten minutes. The setup to and from the neighbours applies.
"""

from __future__ import annotations

from datetime import timedelta

from models.instrument import FillerKind

FILLER = FillerKind(
    type="profile",
    duration=timedelta(seconds=600),
    attributes={"zenith": "0.000", "azimuth": "0.000", "mode": "temperature"},
)
