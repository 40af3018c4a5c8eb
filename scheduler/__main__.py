"""``nightplan scheduler``: wires the adapters to the service and runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import structlog

from adapters.kafka.commands import KafkaCommands
from adapters.kafka.publisher import KafkaPublisher
from adapters.postgres.engine import DatabaseOptions
from adapters.postgres.store import PostgresStore
from adapters.process import serving
from adapters.process.logging import set_up_logging
from adapters.process.serving import health_app, serve, serve_metrics, stop_on_signals
from adapters.process.settings import SchedulerSettings
from instruments import discover
from scheduler.groups import served_groups
from scheduler.service.writer import Writer

log = structlog.get_logger(__name__)


async def run(settings: SchedulerSettings) -> None:
    """Serve the scheduling groups until the process is asked to stop."""
    stop = stop_on_signals()
    serve_metrics(settings.host, settings.metrics_port)
    database = DatabaseOptions(
        url=settings.database_url.get_secret_value(),
        role=settings.database_role,
        application_name="nightplan-scheduler",
        idle_in_transaction_timeout=settings.solve_limit + 1.0,
        session_timeout=settings.leader_timeout,
    )
    writers = []
    logs = []
    publisher = KafkaPublisher(
        bootstrap=settings.kafka_bootstrap, request_timeout_ms=settings.kafka_request_timeout_ms
    )
    for group, some in served_groups(discover(), settings.groups).items():
        commands = KafkaCommands(
            bootstrap=settings.kafka_bootstrap,
            group=group.name,
            partition=group.partition,
            fetch_wait_ms=settings.kafka_fetch_wait_ms,
            request_timeout_ms=settings.kafka_request_timeout_ms,
        )
        logs.append(commands)
        writers.append(
            Writer(
                group=group,
                instruments=some,
                store=PostgresStore(database),
                commands=commands,
                publisher=publisher,
                new_id=uuid4,
                solve_limit=settings.solve_limit,
                plan_ahead=settings.plan_ahead,
            )
        )

    async def ready() -> dict[str, bool]:
        return {writer.group.name: writer.ready for writer in writers}

    health = asyncio.create_task(
        serve(health_app(ready), host=settings.host, port=settings.health_port, stop=stop)
    )
    try:
        await _work(writers, stop)
    finally:
        stop.set()
        await health
        for commands in logs:
            await commands.close()
        await publisher.close()


async def _work(writers: Sequence[Writer], stop: asyncio.Event) -> None:
    """Run all writers; the first that fails ends the process."""
    tasks = [
        asyncio.create_task(writer.run(), name=f"writer {writer.group.name}") for writer in writers
    ]
    stopping = asyncio.create_task(stop.wait(), name="stopping")
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for writer in writers:
        writer.stop()
    if stopping not in done:
        stopping.cancel()
    else:
        # A writer that waits for a lock or a broker does not look at the flag.
        await asyncio.wait(tasks, timeout=2.0)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.error("writer failed", exc_info=result)
            raise result


def main() -> None:
    """Read the settings and run."""
    settings = SchedulerSettings()
    set_up_logging("scheduler", settings.log_level)
    serving.run(run(settings))


if __name__ == "__main__":
    main()
