"""`nightplan up` with services of a few lines instead of ours.

    up.py DIR PORT [MANNERS]

The database and the broker are real. The file `starts` beside DIR has a line for each
start of a service.
"""

import asyncio
import sys
from pathlib import Path

from adapters.local.services import COMMANDS
from adapters.local.system import Options, run

SERVICE = Path(__file__).with_name("service.py")
PORTS = {"scheduler": "NIGHTPLAN_HEALTH_PORT", "sidecar": "NIGHTPLAN_PORT", "api": "NIGHTPLAN_PORT"}


def command(name: str, starts: Path, manners: list[str]) -> tuple[str, ...]:
    if name == "migration":
        return (sys.executable, "-c", f"open({str(starts)!r}, 'a').write('migration\\n')")
    code = (
        "import os, runpy, sys; sys.argv[:] = sys.argv[1:]; "
        "sys.argv[3] = os.environ[sys.argv[3]]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return (sys.executable, "-c", code, str(SERVICE), name, str(starts), PORTS[name], *manners)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    directory, port, *manners = sys.argv[1:]
    starts = Path(directory).parent / "starts"
    commands = {name: command(name, starts, manners) for name in COMMANDS}
    options = Options(data=Path(directory), port=int(port))
    return asyncio.run(run(options, say, commands=commands))


if __name__ == "__main__":
    sys.exit(main())
