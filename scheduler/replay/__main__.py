"""``nightplan replay``: reads the command line, wires the adapters and replays."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from adapters.kafka.archive import KafkaArchive
from adapters.kafka.publisher import KafkaPublisher
from adapters.postgres.engine import DatabaseOptions
from adapters.postgres.store import PostgresStore
from adapters.process.logging import set_up_logging
from adapters.process.settings import ReplaySettings
from instruments import discover
from models.errors import Unreachable
from models.instant import NotAnInstant, parse_instant
from models.instrument import Instrument, SchedulingGroup
from scheduler.groups import served_groups
from scheduler.replay.excerpts import Span
from scheduler.replay.refusals import NotInTheLog, ReplayRefused, StillLed
from scheduler.replay.replay import Replay, Report
from scheduler.replay.text import lines
from scheduler.service.nights import Nights

USAGE, REJECTED, UNREACHABLE = 2, 4, 5
"""Exit codes, as everywhere on the command line."""
SESSION_TIMEOUT = 6.0
"""A replay that hangs for so long loses the right to write, in seconds."""


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except NotAnInstant as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nightplan replay",
        description="Decide again, in a restored database, what was decided after the restored "
        "point, as Kafka tells it. Stop every scheduler first. Running it again is harmless.",
        epilog="Settings come from the environment, as for `nightplan scheduler`. Exit codes: "
        "0 done, 2 usage, 4 refused (the log does not suffice), 5 database, broker or the right "
        "to write not to be had in time.",
    )
    parser.add_argument(
        "--since",
        metavar="INSTANT",
        type=_instant,
        required=True,
        help="the restored point, or earlier: 2026-11-21T18:42:24.913Z",
    )
    parser.add_argument(
        "--until", metavar="INSTANT", type=_instant, help="nothing that was decided later"
    )
    parser.add_argument(
        "--without",
        metavar="COMMAND_ID",
        type=UUID,
        action="append",
        default=[],
        help="a command not to carry out again; may be given several times",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="change nothing, tell what there is to do"
    )
    return parser.parse_args(given)


async def run(
    settings: ReplaySettings,
    asked: argparse.Namespace,
    served: Mapping[SchedulingGroup, Sequence[Instrument]],
) -> list[Report]:
    """Replay what was asked for."""
    store = PostgresStore(
        DatabaseOptions(
            url=settings.database_url.get_secret_value(),
            role=settings.database_role,
            application_name="nightplan-replay",
            # Looking for decisions may read the whole table, once.
            command_timeout=620.0,
            statement_timeout=600.0,
            idle_in_transaction_timeout=2 * settings.solve_limit + 1.0,
            session_timeout=SESSION_TIMEOUT,
        )
    )
    publisher = KafkaPublisher(
        bootstrap=settings.kafka_bootstrap, request_timeout_ms=settings.kafka_request_timeout_ms
    )
    groups = []
    for group, some in served.items():
        nights = Nights(
            group=group, instruments=some, new_id=uuid4, solve_limit=settings.solve_limit
        )
        archive = KafkaArchive(
            bootstrap=settings.kafka_bootstrap,
            partition=group.partition,
            fetch_wait_ms=settings.kafka_fetch_wait_ms,
            request_timeout_ms=settings.kafka_request_timeout_ms,
        )
        groups.append((nights, archive))
    try:
        return await Replay(store=store, publisher=publisher, groups=groups).run(
            Span(since=asked.since, until=asked.until), leave_out=asked.without, dry=asked.dry_run
        )
    finally:
        await publisher.close()


def main(given: Sequence[str] | None = None) -> int:
    """Replay, print what came of it, and give the exit code."""
    asked = _arguments(given)
    settings = ReplaySettings()
    try:
        groups = served_groups(discover(), settings.groups)
    except SystemExit as error:
        sys.stderr.write(f"nightplan replay: {error}\n")
        return USAGE
    set_up_logging("replay", settings.log_level)
    try:
        reports = asyncio.run(run(settings, asked, groups))
    except (ReplayRefused, Unreachable) as error:
        sys.stderr.write(f"nightplan replay: {error}\n")
        if isinstance(error, NotInTheLog):
            return USAGE
        return UNREACHABLE if isinstance(error, StillLed | Unreachable) else REJECTED
    sys.stdout.writelines(f"{line}\n" for line in lines(reports, dry=asked.dry_run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
