"""The routes of version 2's instruments and nights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from api.asking import Services
from api.conditional import respond
from api.document import Json, document, resource
from api.problems import from_faults, problem
from api.quality import solver_facts
from api.requests import find_instrument, parse_date, read_query
from api.v2.exports import night_link
from api.v2.fieldsets import Fieldsets
from api.v2.listing import CURRENT, bad_parameter, page_links, read_night, read_size
from api.v2.resources import COLLECTION, instrument_link, instrument_resource
from instruments import discover
from models.errors import Fault
from models.instant import format_instant
from models.instrument import Instrument
from models.night import DAY, FIRST_DATE, LAST_DATE, current_night
from models.reading import NightSummary

USUAL_SPAN = timedelta(days=7)
"""How far beyond the first of them nights are listed, where no end is named."""
USUAL_PAGE = 31
_PAGE = ("page[size]", "page[after]")
_INSTRUMENTS = {
    "instruments": {
        "name", "title", "kind", "site", "solar_depression", "scheduling_group", "warm_up_seconds",
        "event_types", "filler", "policy", "nights", "events", "maintenance", "series",
    }
}  # fmt: skip
_NIGHTS = {
    "nights": {
        "night", "dark", "dusk", "dawn", "cut_off", "revision", "planned_at", "solver",
        "requested_seconds", "filled_seconds", "idle_seconds", "events", "waiting", "moved",
        "displaced",
    }
}  # fmt: skip


class NightRoutes:
    """The functions behind the URLs of instruments and nights."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_instruments(self, request: Request) -> Response:
        """All instruments."""
        query = read_query(request, Fieldsets.parameters(_INSTRUMENTS))
        fieldsets = Fieldsets(query, _INSTRUMENTS)
        found = [
            fieldsets.apply(instrument_resource(instrument), "instruments")
            for instrument in discover()
        ]
        return respond(request, document(found, link=COLLECTION))

    async def read_instrument(self, request: Request, instrument_id: str) -> Response:
        """One instrument."""
        instrument = find_instrument(instrument_id)
        query = read_query(request, Fieldsets.parameters(_INSTRUMENTS))
        found = Fieldsets(query, _INSTRUMENTS).apply(instrument_resource(instrument), "instruments")
        return respond(request, document(found, link=instrument_link(instrument)))

    async def list_nights(self, request: Request, instrument_id: str) -> Response:
        """Nights, by default the current one and the next seven."""
        instrument = find_instrument(instrument_id)
        query = read_query(
            request, ("filter[from]", "filter[to]", *_PAGE, *Fieldsets.parameters(_NIGHTS))
        )
        fieldsets = Fieldsets(query, _NIGHTS)
        start, end, size = self._read_span(query, instrument)
        last = min(end, start + (size - 1) * DAY)
        nights = await self._services.reader.read_nights(instrument.id, start, last)
        found = [fieldsets.apply(night_resource(instrument, night), "nights") for night in nights]
        links = page_links(request, last.isoformat() if last < end else None)
        return respond(request, document(found, link=links["self"]) | {"links": links})

    async def read_night(self, request: Request, instrument_id: str, night: str) -> Response:
        """One night."""
        instrument = find_instrument(instrument_id)
        fieldsets = Fieldsets(read_query(request, Fieldsets.parameters(_NIGHTS)), _NIGHTS)
        day = find_date(self._services, instrument, night)
        [summary] = await self._services.reader.read_nights(instrument.id, day, day)
        found = fieldsets.apply(night_resource(instrument, summary), "nights")
        return respond(request, document(found, link=night_link(instrument, day)))

    def _read_span(
        self, query: Mapping[str, str], instrument: Instrument
    ) -> tuple[date, date, int]:
        """The first and the last night asked for, and how many there are on a page."""
        now = self._services.clock.now()
        today = current_night(instrument.site, now, instrument.depression).date
        end = read_night(query, "filter[to]", instrument, now)
        start = read_night(query, "filter[from]", instrument, now) or min(today, end or today)
        faults: list[Fault] = []
        if end is None:
            end = min(start + USUAL_SPAN, LAST_DATE)
        elif end < start:
            detail = f"expected a date not before {start}, got {end}"
            faults.append(bad_parameter("filter[to]", detail))
        size = read_size(query, faults, USUAL_PAGE)
        after = query.get("page[after]")
        if after is not None:
            reached = parse_date(after)
            if reached is None or not start <= reached < end:
                detail = f"expected what the link next has, got {ascii(after)[:60]}"
                faults.append(bad_parameter("page[after]", detail))
            else:
                start = reached + DAY
        if faults:
            raise from_faults(faults)
        return start, end, size


def add_night_routes(router: APIRouter, services: Services, described: Json) -> None:
    """Add the URLs of instruments and nights."""
    routes = NightRoutes(services)
    one = "/instruments/{instrument_id}"
    add = router.add_api_route
    add("/instruments", routes.list_instruments, methods=["GET"], **described["instruments"])
    add(one, routes.read_instrument, methods=["GET"], **described["instrument"])
    add(f"{one}/nights", routes.list_nights, methods=["GET"], **described["nights"])
    add(f"{one}/nights/{{night}}", routes.read_night, methods=["GET"], **described["night"])


def find_date(services: Services, instrument: Instrument, text: str) -> date:
    """The date of a night in a URL, or of the current one.

    Raises
    ------
    Problem
        404: there is no such night.
    """
    if text == CURRENT:
        now = services.clock.now()
        return current_night(instrument.site, now, instrument.depression).date
    day = parse_date(text)
    if day is None or not FIRST_DATE <= day <= LAST_DATE:
        raise problem(
            404,
            "unknown-night",
            f"expected {CURRENT}, or a date from {FIRST_DATE} to {LAST_DATE}, got "
            f"{ascii(text)[:60]}",
        )
    return day


def night_resource(instrument: Instrument, night: NightSummary) -> Json:
    """A night: when it is dark, and how good its plan is; durations in seconds."""
    dusk, dawn = night.dusk, night.dawn
    cut_off = instrument.policy.cut_off_of(dusk) if dusk else None
    link = night_link(instrument, night.night)
    found = resource(
        "nights",
        f"{instrument.name}.{night.night}",
        {
            "night": night.night.isoformat(),
            "dark": dusk is not None and dawn is not None,
            "dusk": dusk and format_instant(dusk),
            "dawn": dawn and format_instant(dawn),
            "cut_off": cut_off and format_instant(cut_off),
            "revision": night.revision,
            "planned_at": night.planned_at and format_instant(night.planned_at),
            "solver": solver_facts(night.quality),
            "requested_seconds": night.requested_ms / 1000,
            "filled_seconds": night.filled_ms / 1000,
            "idle_seconds": night.idle_ms / 1000,
            "events": night.events,
            "waiting": night.waiting,
            "moved": night.moved,
            "displaced": night.displaced,
        },
        link=link,
    )
    found["links"]["schedule"] = f"{link}/schedule"
    return found
