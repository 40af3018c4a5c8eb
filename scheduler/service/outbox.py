"""The outbox: what was committed and is still to be told."""

from __future__ import annotations

from scheduler.ports import Desk, Publisher

LIMIT = 1000
"""Messages sent at a time."""


async def empty_outbox(desk: Desk, publisher: Publisher) -> None:
    """Publish whatever stands in a group's outbox, oldest first.

    Parameters
    ----------
    desk
        The group's.
    publisher
        The way out.

    Raises
    ------
    models.errors.Unreachable
        Something was not acknowledged in time; it stays in the outbox.
    """
    while stored := await desk.read_outbox(LIMIT):
        await publisher.publish([entry.message for entry in stored])
        await desk.clear_outbox([entry.number for entry in stored])
        if len(stored) < LIMIT:
            return
