"""The routes of version 2's schedules: the plan of a night in several forms, old ones too."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from fastapi import APIRouter, Request, Response

from api import requests
from api.asking import Services
from api.conditional import answer_tagged, respond
from api.document import Json, document, resource
from api.problems import from_faults, problem
from api.requests import find_instrument, known_tags, read_query
from api.schedules import Schedules, Served
from api.v2.calendar import write_calendar
from api.v2.downloads import report_download
from api.v2.exports import CALENDAR, FORMATS, JSON, Format, choose, night_link
from api.v2.listing import LARGEST_PAGE, bad_parameter
from api.v2.nights import find_date
from models.event import Record, State
from models.instant import format_instant
from models.instrument import Instrument
from models.reading import EventFilter
from models.schedule import Schedule, verify

MOST_REVISIONS = 2**31 - 1
LOST = (State.DISPLACED, State.DELETED, State.EXPIRED)


class PlanRoutes:
    """The functions behind the URLs of schedules."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._schedules: Schedules[Schedule] = Schedules(
            services.reader, services.clock, lambda _, schedule: schedule
        )

    async def read_schedule(self, request: Request, instrument_id: str, night: str) -> Response:
        """The schedule of a night, in the form that ``Accept`` names."""
        return await self._read(request, instrument_id, night, choose(request))

    def in_form(self, form: Format) -> Callable[[Request, str, str], Awaitable[Response]]:
        """The function behind the URL with a form's ending."""

        async def read(request: Request, instrument_id: str, night: str) -> Response:
            return await self._read(request, instrument_id, night, form)

        read.__doc__ = f"The schedule of a night as {form.media_type}."
        return read

    async def _read(
        self, request: Request, instrument_id: str, night: str, form: Format
    ) -> Response:
        instrument = find_instrument(instrument_id)
        revision = _read_revision(read_query(request, ("filter[revision]",)))
        day = find_date(self._services, instrument, night)
        prefix = f"v2.{form.ending}."
        tags = [tag.removeprefix(prefix) for tag in known_tags(request)]
        if revision is not None:
            schedule = await self._old(instrument, day, revision)
            tag = f"{instrument.name}.{day}.{schedule.version}"
            served: Served[Schedule] = Served(content=schedule, tag=tag)
        else:
            # What a calendar holds is more than the schedule: its tag is another one.
            asked = [] if form is CALENDAR else tags
            served = await self._schedules.read(instrument, day, asked)
        if form is CALENDAR and served.content is not None:
            return await self._calendar(request, instrument, served, old=revision is not None)
        tag = f"{prefix}{served.tag}"
        if served.content is None or served.tag in tags or "*" in tags:
            return answer_tagged(None, tag, served.age, form.content_type)
        assert form.write is not None  # noqa: S101 - of all but calendars
        body = form.write(instrument, served.content)
        return self._answer(request, instrument, served.content, form, body, tag, served.age)

    async def _calendar(
        self, request: Request, instrument: Instrument, served: Served[Schedule], *, old: bool
    ) -> Response:
        schedule = served.content
        assert schedule is not None  # noqa: S101 - by the caller
        lost = [] if old else await self._lost(instrument, schedule)
        body = write_calendar(instrument, schedule, lost)
        tag = f"v2.{CALENDAR.ending}.{hashlib.sha256(body).hexdigest()[:32]}"
        tags = known_tags(request)
        if tag in tags or "*" in tags:
            return answer_tagged(None, tag, served.age, CALENDAR.content_type)
        return self._answer(request, instrument, schedule, CALENDAR, body, tag, served.age)

    def _answer(
        self,
        request: Request,
        instrument: Instrument,
        schedule: Schedule,
        form: Format,
        body: bytes,
        tag: str,
        age: int,
    ) -> Response:
        answer = answer_tagged(body, tag, age, form.content_type)
        if form is not JSON:
            name = f"{instrument.name}.{schedule.night}.{form.ending}"
            answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        answer.background = report_download(
            self._services, request, instrument, schedule, form.ending
        )
        return answer

    async def _old(self, instrument: Instrument, day: date, revision: int) -> Schedule:
        """The plan that the night had in a revision; it may be the newest one."""
        found = await self._services.reader.read_revision(instrument.id, day, revision)
        if found is None:
            newest = (await self._schedules.read(instrument, day, ())).content
            if newest is None or newest.revision != revision:
                raise problem(
                    404,
                    "unknown-revision",
                    f"the night of {day} never had a plan with the revision {revision}",
                )
            return newest
        verify(found)
        return found

    async def _lost(self, instrument: Instrument, schedule: Schedule) -> list[Record]:
        """Events that have no place in the night any more."""
        wanted = EventFilter(night=schedule.night, states=LOST)
        found: list[Record] = []
        after = None
        while True:
            page = await self._services.reader.find_events(
                instrument.id, wanted, sort="created_at", size=LARGEST_PAGE, after=after
            )
            found.extend(page.records)
            after = page.after
            if after is None:
                return found

    async def list_downloads(self, request: Request, instrument_id: str, night: str) -> Response:
        """Who got which plan of a night; for operators."""
        instrument = find_instrument(instrument_id)
        requests.require_operator(requests.caller_of(request))
        read_query(request, ())
        day = find_date(self._services, instrument, night)
        found = await self._services.reader.list_downloads(instrument.id, day)
        link = f"{night_link(instrument, day)}/downloads"
        data = [
            resource(
                "downloads",
                f"{instrument.name}.{day}.{number}",
                {
                    "time": format_instant(each.at),
                    "revision": each.revision,
                    "format": each.format,
                    "subject": each.subject,
                    "username": each.username,
                },
            )
            for number, each in enumerate(found, start=1)
        ]
        return respond(request, document(data, link=link))


def add_plan_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of schedules."""
    routes = PlanRoutes(services)
    one = "/instruments/{instrument_id}/nights/{night}"
    add = partial(router.add_api_route, methods=["GET"])
    add(f"{one}/schedule", routes.read_schedule, **described["any"])
    for form in FORMATS:
        add(f"{one}/schedule.{form.ending}", routes.in_form(form), **described[form.ending])
    add(f"{one}/downloads", routes.list_downloads, **described["downloads"])


def _read_revision(query: dict[str, str]) -> int | None:
    text = query.get("filter[revision]")
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= MOST_REVISIONS:
        return int(text)
    detail = f"expected the number of a revision, from 0 on, got {ascii(text)[:60]}"
    raise from_faults([bad_parameter("filter[revision]", detail)])
