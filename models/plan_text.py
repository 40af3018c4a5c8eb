"""Plan text: a night's schedule as the plain text that an instrument's controller executes."""

from __future__ import annotations

from models.errors import BrokenSchedule
from models.instant import format_instant
from models.instrument import Instrument
from models.schedule import Block, Schedule


def write_plan(instrument: Instrument, schedule: Schedule) -> str:
    """Write one line for each block, in order of time, after a line about the night.

    Parameters
    ----------
    instrument
        Whose plan it is; it says which fields follow the type.
    schedule
        Verified.

    Returns
    -------
    str
        Lines that end in a newline, fields separated by one blank; lines that begin with
        ``#`` are comments. The last field of a block is its id.

    Raises
    ------
    models.errors.BrokenSchedule
        A field is empty or holds a blank or a line break, so that the controller would
        read something else than was meant.
    """
    title = f"# nightplan {instrument.name} {schedule.night} revision {schedule.revision}"
    if schedule.dusk is None or schedule.dawn is None:
        return (
            f"{title}\n# no darkness: the Sun does not sink to {instrument.depression:g} degrees "
            "below the horizon in this night\n"
        )
    span = f"dusk {format_instant(schedule.dusk)} dawn {format_instant(schedule.dawn)}"
    return "\n".join([f"{title} {span}", *(_line(instrument, b) for b in schedule.blocks), ""])


def _line(instrument: Instrument, block: Block) -> str:
    fields = (
        format_instant(block.start),
        format_instant(block.end),
        block.type,
        *instrument.line(block),
        str(block.id),
    )
    if any(field.split() != [field] for field in fields):
        raise BrokenSchedule([f"block {block.id} has a field that is empty or holds a blank"])
    return " ".join(fields)
