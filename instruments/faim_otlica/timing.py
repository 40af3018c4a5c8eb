"""How long events occupy FAIM Otlica: as with every FAIM."""

from instruments._faim.timing import PHOTO as PHOTO
from instruments._faim.timing import SCAN as SCAN
