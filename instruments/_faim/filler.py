"""What fills the gaps of FAIM: scans (requirement S2)."""

from __future__ import annotations

from instruments._faim.timing import SCAN
from models.instrument import FillerKind

FILLER = FillerKind(type="scan", duration=SCAN)
