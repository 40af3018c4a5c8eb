"""Refusals: why a replay does not begin. Each says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.errors import NightplanError
from models.instant import format_instant


class ReplayRefused(NightplanError):
    """A replay is not begun; nothing was changed."""


class StillLed(ReplayRefused):
    """Another process writes the scheduling group.

    Parameters
    ----------
    group
        Its name.
    seconds
        How long it was waited for.
    """

    def __init__(self, group: str, seconds: float) -> None:
        self.group = group
        self.seconds = seconds
        super().__init__(
            f"another process leads the scheduling group {group} (waited {seconds:g} s); "
            "stop every scheduler, then replay"
        )


class LogTooShort(ReplayRefused):
    """The log no longer holds everything from the instant given on.

    Parameters
    ----------
    topic, partition
        Which log.
    since
        The instant given.
    oldest
        When the oldest message that is still there was written; None: there is none.
    """

    def __init__(
        self, topic: str, partition: int, since: datetime, oldest: datetime | None
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.since = since
        self.oldest = oldest
        found = "holds nothing any more"
        if oldest is not None:
            found = f"begins at {format_instant(oldest)}"
        super().__init__(
            f"{topic}, partition {partition}, no longer reaches back to "
            f"{format_instant(since)}: it {found}; restore to a later point, or name with "
            "NIGHTPLAN_GROUPS only groups whose log reaches back"
        )


class LogReplaced(ReplayRefused):
    """The log is not the one that carried what the database holds.

    Parameters
    ----------
    topic, partition
        Which log.
    oldest
        When its first message was written; None: there is none.
    """

    def __init__(self, topic: str, partition: int, oldest: datetime | None) -> None:
        self.topic = topic
        self.partition = partition
        self.oldest = oldest
        found = "is empty" if oldest is None else f"begins at {format_instant(oldest)}"
        super().__init__(
            f"{topic}, partition {partition}, was replaced: it {found}, with its first message, "
            "but the database holds decisions from before; what was decided after the restored "
            "point cannot be read from it"
        )


class CommandsMissing(ReplayRefused):
    """The log holds outcomes without the commands they belong to.

    Parameters
    ----------
    commands
        Their ids.
    """

    def __init__(self, commands: Sequence[UUID]) -> None:
        self.commands = tuple(commands)
        shown = ", ".join(str(command) for command in commands[:5])
        super().__init__(
            f"the log holds outcomes of {len(commands)} command(s) that it does not hold: {shown}"
            f"{', …' if len(commands) > 5 else ''}; name an earlier --since"
        )


class NotInTheLog(ReplayRefused):
    """A command to leave out was not decided in the time given.

    Parameters
    ----------
    commands
        Their ids.
    """

    def __init__(self, commands: Sequence[UUID]) -> None:
        self.commands = tuple(commands)
        named = ", ".join(str(command) for command in commands)
        super().__init__(f"--without: nothing with this id was decided in the time given: {named}")


class AlreadyDecided(ReplayRefused):
    """A command to leave out is in the restored database.

    Parameters
    ----------
    commands
        Their ids.
    """

    def __init__(self, commands: Sequence[UUID]) -> None:
        self.commands = tuple(commands)
        named = ", ".join(str(command) for command in commands)
        super().__init__(
            f"--without: already decided in this database: {named}; restore to an earlier point"
        )
