"""The sidecar, in a process that can be told to fail."""

from __future__ import annotations

from sidecar import __main__ as service
from tests.faults.programs.arrange import arrange

if __name__ == "__main__":
    arrange()
    service.main()
