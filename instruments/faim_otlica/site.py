"""Where FAIM Otlica stands. In Slovenia, above the Vipava valley."""

from __future__ import annotations

from models.site import Site

SITE = Site(name="Otlica", latitude=45.940, longitude=13.910)
