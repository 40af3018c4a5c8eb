"""Downloads: who got which plan is told to the scheduler, which keeps it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request

from api import requests
from api.asking import Services
from models.command import Command, CommandKind
from models.download import Download
from models.errors import Unreachable
from models.instrument import Instrument
from models.schedule import Schedule

log = structlog.get_logger(__name__)


def report_download(
    services: Services, request: Request, instrument: Instrument, schedule: Schedule, ending: str
) -> BackgroundTask | None:
    """What is to be done once the answer is sent: tell that an operator has got a plan.

    Parameters
    ----------
    services
        The line to the scheduler.
    request
        The request for the plan.
    instrument, schedule
        The plan.
    ending
        The form in which it was got.

    Returns
    -------
    BackgroundTask or None
        None: the caller is no operator, or wants the headers alone.
    """
    caller = requests.caller_of(request)
    if not caller.is_operator or request.state.head:
        return None
    now = services.clock.now()
    command = Command(
        id=services.new_id(),
        kind=CommandKind.DOWNLOAD,
        instrument=instrument.id,
        caller=caller,
        download=Download(night=schedule.night, revision=schedule.revision, format=ending),
        issued_at=now,
        expires_at=now + timedelta(seconds=services.async_lifetime),
        request_id=request.state.request_id,
    )

    async def tell() -> None:
        try:
            await services.dispatcher.tell(command, instrument.group)
        except Unreachable as error:
            log.warning("a download is not recorded", part=error.part, error=error.detail)

    return BackgroundTask(tell)
