"""The lines of FAIM Oberpfaffenhofen in the controller's plan: the same as of every FAIM."""

from instruments._faim.export import line as line
