"""How long the events of FAIM occupy it: exactly as long as they last.

The times of scans and pictures include the pointing; FAIM turns from any event to any
other at once, so there is no setup between two events.
"""

from __future__ import annotations

from datetime import timedelta

SCAN = timedelta(seconds=123)
"""How long a scan takes, always."""
PHOTO = timedelta(milliseconds=500)
"""How long one picture takes."""
