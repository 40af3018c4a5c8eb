"""What fills the gaps of FAIM Oberpfaffenhofen: the same as with every FAIM."""

from instruments._faim.filler import FILLER as FILLER
