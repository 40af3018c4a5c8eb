"""Where FAIM Oberpfaffenhofen stands. Requirement E6."""

from __future__ import annotations

from models.site import Site

SITE = Site(name="Oberpfaffenhofen", latitude=48.087, longitude=11.280)
