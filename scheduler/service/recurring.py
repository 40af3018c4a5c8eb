"""Recurring requests: a series is asked for once, and its events are asked for night by night.

The events are commands like any other: they go through the log, each is decided by
itself and has its own outcome, and whoever reads the log again finds them there.
Their ids follow from the series, so asking again asks for the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID

from dateutil.rrule import rrulestr

from models.command import Command, CommandKind
from models.errors import Fault, Reason
from models.event import Event, OnConflict
from models.instrument import Instrument, SchedulingGroup
from models.night import UnsupportedDate, date_of
from models.outcome import Outcome, Status
from models.series import Series, SeriesRecord, occurrence_id
from models.window import Window
from scheduler.ports import Transaction
from scheduler.service.decide import reject

MOST_OCCURRENCES = 20_000
"""Occurrences looked at, those that are long past included."""
LIFE = timedelta(days=1)
"""How long the command for one event of a series may be carried out."""


class Recurring:
    """The series of one scheduling group's instruments.

    Parameters
    ----------
    group
        The scheduling group.
    instruments
        Its instruments, by id.
    """

    def __init__(self, group: SchedulingGroup, instruments: dict[UUID, Instrument]) -> None:
        self._group = group
        self._instruments = instruments

    async def repeat(
        self, transaction: Transaction, command: Command, now: datetime
    ) -> tuple[Outcome, Sequence[Command]]:
        """Begin a series, or ask for it anew; gives its outcome and what is to be asked for."""
        asked = command.series
        assert asked is not None  # noqa: S101 - by the command's own check
        served = self._instruments[command.instrument]
        known = await transaction.find_series(asked.id)
        fault = self._fault(command, asked, known, served)
        if fault is not None:
            return reject(command, (fault,), now), ()
        record = SeriesRecord(series=asked, caller=command.caller, created_at=now)
        gone: Sequence[Command] = ()
        if known is not None:
            record = known.model_copy(
                update={"series": asked, "generation": known.generation + 1, "horizon": None}
            )
            gone = await self._removals(transaction, record, now)
        record, new = self._extend(record, served, now)
        await transaction.save_series(record)
        return _outcome(command, Status.REPEATED, record, now), (*gone, *new)

    async def cease(
        self, transaction: Transaction, command: Command, now: datetime
    ) -> tuple[Outcome, Sequence[Command]]:
        """End a series; its events to come are removed."""
        known = await transaction.find_series(command.target)
        fault = self._not_there(command, known) or self._not_theirs(command, known)
        if fault is not None or known is None:
            return reject(command, (fault,) if fault else (), now), ()
        record = known.model_copy(update={"ended_at": now})
        await transaction.save_series(record)
        gone = await self._removals(transaction, record, now)
        return _outcome(command, Status.CEASED, record, now), gone

    async def extend(self, transaction: Transaction, now: datetime) -> Sequence[Command]:
        """Ask for the events that have come within reach since the last time."""
        found: list[Command] = []
        for served in self._instruments.values():
            until = _reach(served, now)
            for known in await transaction.find_series_to_extend(served.id, until):
                record, new = self._extend(known, served, now)
                await transaction.save_series(record)
                found += new
        return found

    def _extend(
        self, record: SeriesRecord, served: Instrument, now: datetime
    ) -> tuple[SeriesRecord, list[Command]]:
        until = _reach(served, now)
        new = [
            _addition(record, event, now)
            for night, event in occurrences(record, served, until)
            if event.earliest > now and (record.horizon is None or night > record.horizon)
        ]
        return record.model_copy(update={"horizon": until}), new

    async def _removals(
        self, transaction: Transaction, record: SeriesRecord, now: datetime
    ) -> list[Command]:
        return [
            _removal(record, event.event, now)
            for event in await transaction.find_events_of(record.series.id, now)
            if event.start is None or event.start > now
        ]

    def _fault(
        self,
        command: Command,
        asked: Series,
        known: SeriesRecord | None,
        served: Instrument,
    ) -> Fault | None:
        anew = command.id != asked.id
        if anew:
            fault = self._not_there(command, known) or self._not_theirs(command, known)
            if fault is not None:
                return fault
        elif known is not None:
            return Fault(
                reason=Reason.ID_CONFLICT,
                detail=f"expected a new id, got that of a series that is known: {asked.id}",
                pointer="/id",
            )
        return check_rule(asked, served)

    def _not_there(self, command: Command, known: SeriesRecord | None) -> Fault | None:
        if (
            known is not None
            and known.ended_at is None
            and known.series.template.instrument == command.instrument
        ):
            return None
        return Fault(
            reason=Reason.UNKNOWN_EVENT,
            detail=f"no series of this instrument that goes on has this id: {command.target}",
            pointer="/id",
        )

    def _not_theirs(self, command: Command, known: SeriesRecord | None) -> Fault | None:
        if command.caller.is_operator or (
            known is not None and known.caller.subject == command.caller.subject
        ):
            return None
        return Fault(
            reason=Reason.NOT_ALLOWED,
            detail="expected the series' owner or an operator; it belongs to somebody else",
        )


def check_rule(asked: Series, served: Instrument) -> Fault | None:
    """Why a recurrence rule cannot be followed, or None."""
    try:
        dates = [night for night, _ in islice(_nights(asked, served), 2)]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        detail = f"expected a recurrence rule of RFC 5545 such as FREQ=DAILY;COUNT=10, got {error}"
        return Fault(reason=Reason.SCHEMA, detail=detail, pointer="/rule")
    if not dates:
        return Fault(
            reason=Reason.OUTSIDE_LIMITS,
            detail="expected a rule with at least one night, got one without any",
            pointer="/rule",
        )
    return None


def occurrences(
    record: SeriesRecord, served: Instrument, until: date
) -> Iterator[tuple[date, Event]]:
    """A series' events up to a night, one a night, each with its night."""
    template = record.series.template
    for night, start in _nights(record.series, served):
        if night > until:
            return
        shift = start - template.earliest
        yield (
            night,
            template.model_copy(
                update={
                    "id": occurrence_id(record.series.id, record.generation, night),
                    "windows": tuple(
                        Window(
                            start=window.start + shift,
                            end=window.end + shift,
                            preference=window.preference,
                        )
                        for window in template.windows
                    ),
                    "on_conflict": OnConflict.WAIT,
                    "series": record.series.id,
                }
            ),
        )


def _nights(asked: Series, served: Instrument) -> Iterator[tuple[date, datetime]]:
    """The nights in which a series has an event, and when it begins."""
    begin = asked.template.earliest.astimezone(UTC)
    # RFC 5545 has whole seconds.
    rule = rrulestr(asked.rule, dtstart=begin.replace(microsecond=0))
    rest = timedelta(microseconds=begin.microsecond)
    last: date | None = None
    for whole in islice(rule, MOST_OCCURRENCES):
        start = whole + rest
        try:
            night = date_of(served.site, start)
        except UnsupportedDate:
            return
        if night != last:
            last = night
            yield night, start


def _reach(served: Instrument, now: datetime) -> date:
    return (now + min(served.policy.series_ahead, served.policy.look_ahead)).date()


def _addition(record: SeriesRecord, event: Event, now: datetime) -> Command:
    return Command(
        id=event.id,
        kind=CommandKind.ADD,
        instrument=event.instrument,
        caller=record.caller,
        event=event,
        explicit_priority=True,
        issued_at=now,
        expires_at=now + LIFE,
        request_id=f"series {record.series.id}",
    )


def _removal(record: SeriesRecord, event: Event, now: datetime) -> Command:
    return Command(
        id=occurrence_id(event.id, record.generation, now.date()),
        kind=CommandKind.REMOVE,
        instrument=event.instrument,
        caller=record.caller,
        event_id=event.id,
        issued_at=now,
        expires_at=now + LIFE,
        request_id=f"series {record.series.id}",
    )


def _outcome(command: Command, status: Status, record: SeriesRecord, now: datetime) -> Outcome:
    return Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=status,
        series=record,
        decided_at=now,
    )
