"""Site: where an instrument stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place on Earth.

    Parameters
    ----------
    name
        What people call it.
    latitude
        Geographic latitude in degrees, -90..90, north positive.
    longitude
        Geographic longitude in degrees, -180..180, east positive.

    Raises
    ------
    ValueError
        A coordinate lies outside its range.
    """

    name: str
    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90.0 <= self.latitude <= 90.0:
            msg = f"latitude: expected -90..90 degrees, got {self.latitude}"
            raise ValueError(msg)
        if not -180.0 <= self.longitude <= 180.0:
            msg = f"longitude: expected -180..180 degrees, got {self.longitude}"
            raise ValueError(msg)
