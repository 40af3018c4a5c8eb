"""Run one node of Apache Kafka until Ctrl-C, for `nightplan up --kafka`.

    python tools/kafka/run.py [--cache DIR] [--fetch] [DIR]

Without DIR it keeps its files in .nightplan/kafka. `--fetch` only fetches the jars.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from adapters.local.apache_kafka import CACHE, apache_kafka, kafka_jars
from adapters.local.errors import LocalError


async def run(directory: Path, cache: Path) -> None:
    """Run it until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with apache_kafka(directory, cache=cache) as bootstrap:
        say(f"Apache Kafka is ready: nightplan up --kafka {bootstrap}")
        await stop.wait()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description="One node of Apache Kafka on this machine.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(".nightplan/kafka"))
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the jars are kept")
    parser.add_argument("--fetch", action="store_true", help="only fetch the jars")
    chosen = parser.parse_args()
    try:
        if chosen.fetch:
            say(str(asyncio.run(kafka_jars(chosen.cache))))
        else:
            asyncio.run(run(chosen.directory, chosen.cache))
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
