"""What FAIM Oberpfaffenhofen can run: the same as every FAIM."""

from instruments._faim.model import EVENT_TYPES as EVENT_TYPES
