"""The scheduler's store in PostgreSQL: one connection that leads a group and writes for it.

The right to write a group is an advisory lock of the very session that writes:
who loses the session has lost the right with it, and cannot write any more.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import rows, statements
from adapters.postgres.engine import DatabaseOptions, make_engine
from adapters.postgres.refusals import PART, translated
from adapters.postgres.transaction import PostgresTransaction
from models.command import Command
from models.errors import Unreachable
from models.exchange import Attempt, Message, Stored
from models.outcome import Outcome

LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a wait for a lock that took longer than ``lock_timeout``."""


def lock_key(group: str) -> int:
    """The key of a group's advisory lock.

    The first eight bytes of the SHA-256 of ``nightplan group `` and the group's
    name, as a signed big-endian integer: the same in every version and process.
    """
    digest = hashlib.sha256(f"nightplan group {group}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class PostgresStore:
    """The database, as the scheduler sees it.

    Parameters
    ----------
    options
        How to connect. ``session_timeout`` should be set: a leader that hangs
        then loses its place, and the next one takes over.
    """

    def __init__(self, options: DatabaseOptions) -> None:
        self._options = options
        self._engine = make_engine(options)

    @asynccontextmanager
    async def lead(self, group: str) -> AsyncIterator[PostgresDesk]:
        """Wait until this process alone may write the group, then hold that right.

        Raises
        ------
        Unreachable
            The database cannot be reached, while connecting or while waiting.
        """
        with translated("connect"):
            connection = await self._engine.connect()
        try:
            await _wait_for_lock(connection, lock_key(group))
            desk = PostgresDesk(connection, group)
            async with _kept_alive(desk, self._options.session_timeout / 3):
                yield desk
        finally:
            with suppress(Unreachable), translated("disconnect"):
                await connection.invalidate()
                await connection.close()


class PostgresDesk:
    """The writer's place for one group; exists only while its session holds the lock.

    Parameters
    ----------
    connection
        The connection whose session holds the group's lock.
    group
        The scheduling group.
    """

    def __init__(self, connection: AsyncConnection, group: str) -> None:
        self._connection = connection
        self._group = group
        self._busy = asyncio.Lock()
        self._lost = False

    async def count_attempts(self, commands: Sequence[Command]) -> Mapping[UUID, Attempt]:
        """Count the first try of each command that is neither decided nor expired; commit that."""
        if not commands:
            return {}
        found = await self._alone(
            "count attempts", statements.COUNT_ATTEMPTS, _command_arrays(commands)
        )
        return {
            row.id: Attempt(
                count=row.attempts,
                outcome=None if row.outcome is None else Outcome.model_validate(row.outcome),
                expired=row.expired,
                key_taken_by=row.taken_by,
                before=row.before,
            )
            for row in found
        }

    async def count_again(self, command: UUID) -> int:
        """Count a further try of an undecided command, commit that, and give their number."""
        found = await self._alone("count a try", statements.COUNT_AGAIN, {"id": command})
        return next((int(row.attempts) for row in found), 0)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Begin a unit of work; committed on leaving, rolled back on an error.

        Raises
        ------
        BrokenSchedule
            The database refuses it, now or when it was written; nothing is kept.
        Unreachable
            The database did not answer; whether it committed is unknown.
        """
        async with self._busy:
            await self._begin("READ COMMITTED")
            work = PostgresTransaction(self._connection, self._group)
            try:
                yield work
            except BaseException as error:
                await self._roll_back(error)
                raise
            await self._commit(work)

    async def read_outbox(self, limit: int) -> Sequence[Stored]:
        """The group's unpublished messages, oldest first."""
        given = {"scheduling_group": self._group, "most": limit}
        found = await self._alone("read the outbox", statements.READ_OUTBOX, given)
        return [
            Stored(
                number=row.number,
                message=Message(
                    topic=row.topic,
                    partition=row.partition,
                    key=row.key,
                    headers=row.headers,
                    value=row.value,
                ),
            )
            for row in found
        ]

    async def clear_outbox(self, numbers: Sequence[int]) -> None:
        """Forget messages that were published."""
        if numbers:
            given = {"numbers": list(numbers)}
            await self._alone("clear the outbox", statements.CLEAR_OUTBOX, given)

    async def find_unplanned(
        self, nights: Sequence[tuple[UUID, date]]
    ) -> Sequence[tuple[UUID, date]]:
        """Those of the nights given that have no plan yet, in the order given."""
        if not nights:
            return []
        found = await self._alone(
            "find nights without a plan", statements.PLANNED, {"nights": list(nights)}
        )
        planned = {(row.instrument, row.night) for row in found}
        return [night for night in nights if night not in planned]

    async def find_overdue(self, instruments: Sequence[UUID]) -> Sequence[tuple[UUID, date]]:
        """Nights in which an event still waits although its latest start has passed."""
        if not instruments:
            return []
        given = {"instruments": list(instruments)}
        found = await self._alone("find overdue events", statements.OVERDUE, given)
        return [(row.instrument, row.night) for row in found]

    async def was_decided_before(self, instruments: Sequence[UUID], instant: datetime) -> bool:
        """Whether a command about one of these instruments was decided before an instant."""
        given = {"instruments": list(instruments), "instant": instant}
        return bool(await self._alone("look for decisions", statements.DECIDED_BEFORE, given))

    async def show_alive(self) -> None:
        """Let the server know that this session is in use.

        Raises
        ------
        Unreachable
            The session is lost, and the right to write with it.
        """
        await self._alone("show that the writer is alive", statements.IS_ALIVE, {})

    async def _alone(
        self, doing: str, statement: Executable, given: Mapping[str, Any]
    ) -> Sequence[Any]:
        """Run one statement that is a transaction of its own."""
        async with self._busy:
            await self._begin("AUTOCOMMIT")
            try:
                with translated(doing):
                    result = await self._connection.execute(statement, given)
                    found = result.all()
                    await self._connection.commit()
            except BaseException as error:
                await self._roll_back(error)
                raise
            return found

    async def _begin(self, isolation: str) -> None:
        # SQLAlchemy would connect anew, to a session that does not hold the lock.
        if self._lost or self._connection.invalidated:
            raise Unreachable(PART, "the session that held the group's lock is lost")
        with translated("begin"):
            await self._connection.execution_options(isolation_level=isolation)

    async def _commit(self, work: PostgresTransaction) -> None:
        """Commit; an error here leaves open whether it did, unless a rule was broken.

        After a failed statement the server would answer a COMMIT with a rollback
        and no error: whoever swallowed that failure gets it again.
        """
        if work.failure is not None:
            await self._roll_back(work.failure)
            raise work.failure
        try:
            with translated("commit", writing=True):
                await self._connection.commit()
        except BaseException as error:
            await self._roll_back(error)
            raise

    async def _roll_back(self, cause: BaseException) -> None:
        """Clean up after an error; the session is given up where it may have been its fault."""
        if isinstance(cause, Unreachable):
            self._lost = True
            return
        try:
            with translated("roll back"):
                await self._connection.rollback()
        except Unreachable:
            self._lost = True
        except BaseException:
            self._lost = True
            raise


async def _wait_for_lock(connection: AsyncConnection, key: int) -> None:
    """Take the lock as soon as its holder's session ends.

    Each wait is cut short by ``lock_timeout`` and begun anew, which shows that
    the database is still there.
    """
    with translated("wait for the group's lock"):
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        while True:
            try:
                await connection.execute(statements.LOCK_GROUP, {"key": key})
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
                await connection.rollback()
            else:
                await connection.commit()
                return


@asynccontextmanager
async def _kept_alive(desk: PostgresDesk, interval: float) -> AsyncIterator[None]:
    """Use the session regularly, so that the server ends it only if this process hangs."""
    if interval <= 0:
        yield
        return
    beat = asyncio.create_task(_beat(desk, interval))
    try:
        yield
    finally:
        beat.cancel()
        await asyncio.wait({beat})


async def _beat(desk: PostgresDesk, interval: float) -> None:
    """Show signs of life until the session is lost; whoever uses the desk next will see that."""
    with suppress(Unreachable):
        while True:
            await asyncio.sleep(interval)
            await desk.show_alive()


def _command_arrays(commands: Sequence[Command]) -> dict[str, Any]:
    """Commands column by column, each id once: the last to expire stands for all."""
    latest: dict[UUID, Command] = {}
    for command in sorted(commands, key=lambda command: command.expires_at):
        latest[command.id] = command
    given = list(latest.values())
    return {
        "ids": [command.id for command in given],
        "kinds": [command.kind.value for command in given],
        "instruments": [command.instrument for command in given],
        "events": [command.target for command in given],
        "subjects": [rows.storable(command.caller.subject) for command in given],
        "hashes": [command.body_hash for command in given],
        "bodies": [command.model_dump_json() for command in given],
        "expiries": [command.expires_at for command in given],
        "keys": [command.key for command in given],
    }
