"""The driver's errors in nightplan's own words: refused, or not reachable.

Refused: a constraint, a trigger or a value's form stood against it; nothing of
the transaction is kept. Everything else means that nobody knows what the
database did, so the caller must ask again by the command's id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from models.errors import BrokenSchedule, NightplanError, Unreachable

PART = "database"

RULES: Mapping[str, str] = {
    "night_dusk_before_dawn": "a night's dusk lies before its dawn",
    "night_revision_counts": "a night's revision is not negative",
    "event_pkey": "an event's id is used once",
    "event_night": "an event belongs to a night that is known",
    "event_state": "an event's state is one of those known",
    "event_on_conflict": "an event waits or is rejected where there is no room",
    "maintenance_pkey": "a maintenance's id is used once",
    "maintenance_has_length": "a maintenance ends after it begins",
    "series_pkey": "a series' id is used once",
    "plan_revision_pkey": "a night has each revision once",
    "plan_revision_night": "a plan belongs to a night that is known",
    "plan_revision_only_grows": "revisions are only added",
    "download_only_grows": "the list of downloads is only added to",
    "event_priority": "an event's priority lies between 1 and 5",
    "event_fits_its_windows": "an event fits between its earliest start and its latest end",
    "scheduled_event_has_block": "a scheduled event has its block",
    "block_pkey": "a block's id is used once",
    "block_no_overlap": "no two blocks of an instrument overlap",
    "block_night": "a block belongs to a night with these dusk and dawn",
    "block_inside_night": "a block lies between dusk and dawn",
    "block_duration": "a block is as long as its duration says",
    "block_event_shape": "a block has its event's duration and windows",
    "block_inside_window": "a block lies inside its event's windows",
    "block_of_scheduled_event": "only a scheduled event of the same night has a block",
    "block_is_event_or_filler": "a block is a known event's or a filler, never both",
    "state_change_event": "only an event that is known has a history",
    "state_change_state": "an event's state is one of those known",
    "state_change_only_grows": "history is only added to",
    "command_decided": "a command has its outcome and the time of it, or neither",
    "command_attempts": "attempts are not negative",
    "command_decided_once": "a command's outcome never changes",
    "audit_only_grows": "the audit trail is only added to",
}
"""What each constraint and trigger of the database stands for, by its name."""

_REFUSED = ("22", "23")
"""The classes of SQLSTATE that speak of data: not valid, and against a constraint."""


@contextmanager
def translated(doing: str, *, writing: bool = False) -> Iterator[None]:
    """Turn what the driver raises inside into errors of :mod:`models.errors`.

    Parameters
    ----------
    doing
        What is being tried, for the error's detail.
    writing
        Whether it may be refused.

    Raises
    ------
    BrokenSchedule
        The database refused what was written; the violation begins with the rule's name.
    Unreachable
        Anything else; what the database did is unknown.
    """
    try:
        yield
    except DBAPIError as error:
        raise _meaning(error, doing, writing=writing) from error
    except StatementError:
        # Nothing was sent: a value that the driver cannot write. To try again is no use.
        raise
    except (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable(PART, f"{doing}: {_shown(error)}") from error


def _meaning(error: DBAPIError, doing: str, *, writing: bool) -> NightplanError:
    cause = _driver_error(error)
    state = getattr(cause, "sqlstate", None) or ""
    if writing and (state[:2] in _REFUSED or isinstance(cause, asyncpg.DataError)):
        rule = getattr(cause, "constraint_name", None) or "value"
        sentence = RULES.get(rule, "the database holds such values")
        return BrokenSchedule([f"{rule}: {sentence}; {doing}: {_shown(cause)}"])
    return Unreachable(PART, f"{doing}: {_shown(cause)}")


def _driver_error(error: DBAPIError) -> BaseException:
    """The error of the driver itself, under the two that SQLAlchemy puts around it."""
    if error.orig is None:
        return error
    return error.orig.__cause__ or error.orig


def _shown(error: BaseException) -> str:
    """The error in one line, with what the server adds to it; without the statement."""
    detail = getattr(error, "detail", None)
    if isinstance(error, DBAPIError):
        error = error.orig or error
    text = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return f"{text} ({detail})" if isinstance(detail, str) and detail else text
