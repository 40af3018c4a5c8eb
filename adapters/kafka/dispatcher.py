"""The API's line to the scheduler: send a command, wait for its outcome."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from pydantic import ValidationError

from adapters.kafka.admission import Admission
from adapters.kafka.ledger import Courier, Ledger
from adapters.kafka.publisher import KafkaPublisher
from adapters.kafka.reader import PartitionReader
from models.command import Command
from models.errors import Overloaded, Unreachable
from models.exchange import Message
from models.instant import format_instant
from models.instrument import SchedulingGroup
from models.outcome import Outcome
from models.topic import COMMANDS, OUTCOMES, PARTITIONS

log = structlog.get_logger(__name__)

Key = tuple[UUID, str]

LEDGER_WAIT_MS = 500
RESEND_INTERVAL = 5.0
"""Seconds between two deliveries of a command that nobody waits for."""


class KafkaDispatcher:
    """Publishes commands and hands every outcome to whoever waits for it.

    Each replica of the API reads all outcomes from the moment it starts, and
    matches them on the command's id and body hash.

    Parameters
    ----------
    bootstrap
        Kafka's bootstrap servers.
    partitions
        Those of all scheduling groups.
    fetch_wait_ms, request_timeout_ms
        As in the settings.
    admission
        Decides whether one more command may wait.
    most_promised
        Most commands that nobody waits for and whose outcome is still to come.
    now
        The present time, aware UTC.
    resend_interval
        Seconds between two deliveries of a command that nobody waits for.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        partitions: Collection[int],
        fetch_wait_ms: int,
        request_timeout_ms: int,
        admission: Admission,
        most_promised: int,
        now: Callable[[], datetime],
        resend_interval: float = RESEND_INTERVAL,
    ) -> None:
        self._publisher = KafkaPublisher(bootstrap=bootstrap, request_timeout_ms=request_timeout_ms)
        self._reader = PartitionReader(
            bootstrap=bootstrap,
            topic=OUTCOMES,
            partitions=sorted(partitions),
            expected_partitions=PARTITIONS,
            fetch_wait_ms=fetch_wait_ms,
            request_timeout_ms=request_timeout_ms,
        )
        # What stands here is of interest only when somebody asks what became of a command:
        # it need not be known at once.
        self._log = PartitionReader(
            bootstrap=bootstrap,
            topic=COMMANDS,
            partitions=sorted(partitions),
            expected_partitions=PARTITIONS,
            fetch_wait_ms=max(fetch_wait_ms, LEDGER_WAIT_MS),
            request_timeout_ms=request_timeout_ms,
        )
        self._admission = admission
        self._most_promised = most_promised
        self._now = now
        self._resend_interval = resend_interval
        self._waiting: defaultdict[Key, list[asyncio.Future[Outcome]]] = defaultdict(list)
        self._ledger = Ledger()
        self._courier = Courier()
        self._tasks: list[asyncio.Task[None]] = []
        self.ready = asyncio.Event()

    def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Begin to listen; :attr:`ready` is set while outcomes are being read.

        Parameters
        ----------
        on_failure
            Called when it cannot go on: the process had better end.
        """

        def look(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.ready.clear()
                log.error("a task failed", task=task.get_name(), exc_info=error)
                on_failure()

        self._tasks = [
            asyncio.create_task(self._listen(), name="outcomes"),
            asyncio.create_task(self._keep_ledger(), name="ledger"),
            asyncio.create_task(self._deliver(), name="courier"),
        ]
        for task in self._tasks:
            task.add_done_callback(look)

    async def close(self) -> None:
        """Stop listening and let go of the broker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._reader.close()
        await self._log.close()
        await self._publisher.close()

    async def ask(self, command: Command, group: SchedulingGroup, timeout: float) -> Outcome:  # noqa: ASYNC109 - nested inside the caller's own limits
        """Send a command and wait for what becomes of it.

        Parameters
        ----------
        command
            What to do.
        group
            The instrument's scheduling group.
        timeout
            Longest wait in all, in seconds.

        Raises
        ------
        models.errors.Unreachable
            Nothing came in time; whether the command was carried out is unknown.
        models.errors.Overloaded
            Too many wait already; the command was not sent.
        """
        loop = asyncio.get_running_loop()
        if not self.ready.is_set():
            raise Unreachable("kafka", "outcomes cannot be read at present")
        ticket = self._admission.enter(loop.time())
        key = (command.id, command.body_hash)
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._waiting[key].append(answer)
        try:
            async with asyncio.timeout(timeout):
                message = _message(command, group)
                self._note(message)
                await self._publisher.publish([message])
                return await answer
        except TimeoutError:
            raise Unreachable("scheduler", f"no answer within {timeout:g} s") from None
        finally:
            self._admission.leave(
                ticket, loop.time(), answered=answer.done() and not answer.cancelled()
            )
            self._waiting[key].remove(answer)
            if not self._waiting[key]:
                del self._waiting[key]

    async def send(self, command: Command, group: SchedulingGroup) -> None:
        """Send a command that nobody waits for, and again until its outcome is heard.

        Raises
        ------
        models.errors.Unreachable
            The broker did not take it in time; whether it was sent is unknown.
        models.errors.Overloaded
            Too many such commands are still to be decided; this one was not sent.
        """
        if len(self._courier) >= self._most_promised:
            raise Overloaded(round(self._resend_interval))
        message = _message(command, group)
        await self._publisher.publish([message])
        self._courier.promise(command, group)
        self._note(message)

    async def tell(self, command: Command, group: SchedulingGroup) -> None:
        """Send a note, which nobody answers.

        Raises
        ------
        models.errors.Unreachable
            The broker did not take it in time.
        """
        await self._publisher.publish([_message(command, group)])

    def find_sent(self, command: UUID) -> Command | None:
        """A command that was sent not long ago, by whichever API."""
        return self._ledger.find(command)

    def _note(self, message: Message) -> None:
        headers = {name: text.encode() for name, text in message.headers.items()}
        self._ledger.note(headers, message.value)

    async def _keep_ledger(self) -> None:
        while True:
            try:
                await self._log.open(at_end=True)
                while True:
                    for record in await self._log.receive(5.0):
                        self._ledger.note(dict(record.headers), record.value or b"")
            except Unreachable as error:
                log.debug("the log of commands cannot be read", error=str(error))
                await asyncio.sleep(1.0)

    async def _deliver(self) -> None:
        while True:
            await asyncio.sleep(self._resend_interval)
            for command, group in self._courier.due(self._now()):
                log.info("a promised command is sent again", command=str(command.id))
                with contextlib.suppress(Unreachable):
                    await self._publisher.publish([_message(command, group)])

    async def _listen(self) -> None:
        while True:
            try:
                await self._reader.open(at_end=True)
                self.ready.set()
                log.info("outcomes are being read")
                while True:
                    for record in await self._reader.receive(0.5):
                        self._hand_over(record.value or b"")
            except Unreachable as error:
                self.ready.clear()
                log.warning("outcomes cannot be read", error=str(error))
                await asyncio.sleep(0.2)

    def _hand_over(self, value: bytes) -> None:
        try:
            outcome = Outcome.model_validate_json(value)
        except ValidationError as error:
            log.warning("an outcome cannot be read", error=str(error))
            return
        self._courier.heard(outcome)
        for answer in self._waiting.get((outcome.command, outcome.body_hash), ()):
            if not answer.done():
                answer.set_result(outcome)


def _message(command: Command, group: SchedulingGroup) -> Message:
    return Message(
        topic=COMMANDS,
        partition=group.partition,
        key=group.name,
        headers=_headers(command),
        value=command.model_dump_json().encode(),
    )


def _headers(command: Command) -> Mapping[str, str]:
    """CloudEvents 1.0, Kafka binary content mode."""
    return {
        "ce_specversion": "1.0",
        "ce_id": str(command.id),
        "ce_source": "/nightplan/api",
        "ce_type": f"nightplan.command.{command.kind}",
        "ce_time": format_instant(command.issued_at),
        "content-type": "application/json",
        "nightplan_request_id": command.request_id,
    }
