"""Where the lidar stands: the observatory ALOMAR on Andøya, 69° N.

It needs astronomical darkness, so from March to September there are nights without any.
"""

from __future__ import annotations

from models.site import Site

SITE = Site(name="ALOMAR", latitude=69.278, longitude=16.009)
