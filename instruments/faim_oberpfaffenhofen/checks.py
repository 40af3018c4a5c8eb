"""The rules of FAIM Oberpfaffenhofen: the same as of every FAIM."""

from instruments._faim.checks import SCAN_CHECKS as SCAN_CHECKS
from instruments._faim.checks import STATIC_CHECKS as STATIC_CHECKS
