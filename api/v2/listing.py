"""Reading what a list of events is asked for: filters, order, page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from api import requests
from api.document import Json
from api.problems import Problem, error_objects
from api.resource_objects import UUID4
from api.v2.submission import OURS
from instruments.schemas import schema_of
from models.errors import Fault, Reason
from models.event import State
from models.instrument import Instrument
from models.night import current_night
from models.reading import EventFilter

T = TypeVar("T")
Span = tuple[datetime | None, datetime | None]

FAMILY = "events"
FILTERS = ("state", "night", "type", "owner", "from", "to", "series")
ORDERS = ("start_time", "created_at", "priority")
LARGEST_PAGE = 500
USUAL_PAGE = 100
CURRENT = "current"
"""Stands for the date of the current night."""
_FACTS = ("state", "night", "owner", "owner_name", "created_at", "series")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which events are wanted, in which order, and where the page begins."""

    wanted: EventFilter
    sort: str
    size: int
    after: str | None


def fields_of(instrument: Instrument) -> dict[str, set[str]]:
    """The fields of an instrument's events: of each type, and of all together."""
    found = {
        name: {*OURS, *_FACTS, *schema_of(event_type)["properties"]}
        for name, event_type in instrument.event_types.items()
    }
    return {**found, FAMILY: set().union(*found.values())}


def read_listing(
    query: Mapping[str, str], instrument: Instrument, caller: str, now: datetime
) -> Listing:
    """What a list of events is asked for.

    Parameters
    ----------
    query
        The query parameters, each of them known.
    instrument
        Whose events.
    caller
        Who asks: ``filter[owner]=me``.
    now
        Tells which night is the current one.

    Raises
    ------
    Problem
        400 with an error for each parameter at fault.
    """
    faults: list[Fault] = []
    errors: list[Json] = []
    nothing: Span = (None, None)
    start, end = _collect(errors, lambda: read_span(query), nothing)
    night = _collect(errors, lambda: read_night(query, "filter[night]", instrument, now), None)
    types = _several(query, "filter[type]", instrument.event_types, faults)
    states = _several(query, "filter[state]", [state.value for state in State], faults)
    owners = _several(query, "filter[owner]", None, faults)
    sort = query.get("sort", ORDERS[0])
    if sort.removeprefix("-") not in ORDERS:
        faults.append(
            bad_parameter(
                "sort", f"expected one of {', '.join(ORDERS)}, with - before it for the other "
                f"direction, got {ascii(sort)[:60]}"
            )
        )  # fmt: skip
    size = read_size(query, faults)
    series = _read_series(query, faults)
    if faults or errors:
        raise Problem(400, [*errors, *error_objects(faults)])
    return Listing(
        wanted=EventFilter(
            states=None if states is None else tuple(State(state) for state in states),
            types=types,
            owners=owners and tuple(caller if owner == "me" else owner for owner in owners),
            night=night,
            start=start,
            end=end,
            series=series,
        ),
        sort=sort,
        size=size,
        after=query.get("page[after]"),
    )


def read_span(query: Mapping[str, str]) -> Span:
    """``filter[from]`` and ``filter[to]``."""
    return requests.read_span(dict(query), "filter[from]", "filter[to]")


def read_night(
    query: Mapping[str, str], name: str, instrument: Instrument, now: datetime
) -> date | None:
    """A parameter that names a night by its date, or ``current``."""
    if query.get(name) == CURRENT:
        return current_night(instrument.site, now, instrument.depression).date
    return requests.read_date(dict(query), name)


def read_size(
    query: Mapping[str, str],
    faults: list[Fault],
    usual: int = USUAL_PAGE,
    largest: int = LARGEST_PAGE,
) -> int:
    """``page[size]``."""
    text = query.get("page[size]")
    if text is None:
        return usual
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= largest:
        return int(text)
    detail = f"expected an integer from 1 to {largest}, got {ascii(text)[:60]}"
    faults.append(bad_parameter("page[size]", detail))
    return usual


def page_links(request: Request, after: str | None) -> dict[str, str]:
    """Links to this page, to the first one and to the next, as far as they lead somewhere.

    Parameters
    ----------
    request
        The request for this page.
    after
        Where the next page begins; None: there is none.
    """
    others = [pair for pair in request.query_params.multi_items() if pair[0] != "page[after]"]
    links = {"self": str(request.url.replace(scheme="", netloc=""))}
    if "page[after]" in request.query_params:
        links["first"] = _url(request, others)
    if after is not None:
        links["next"] = _url(request, [*others, ("page[after]", after)])
    return links


def bad_parameter(name: str, detail: str) -> Fault:
    """A fault of a query parameter."""
    return Fault(reason=Reason.SCHEMA, detail=detail, parameter=name)


def _url(request: Request, query: list[tuple[str, str]]) -> str:
    return request.url.path + (f"?{urlencode(query)}" if query else "")


def _several(
    query: Mapping[str, str], name: str, known: Iterable[str] | None, faults: list[Fault]
) -> tuple[str, ...] | None:
    """A list with commas, each entry known; None: it is not asked for."""
    if name not in query:
        return None
    found = tuple(dict.fromkeys(query[name].split(",")))
    strange = [entry for entry in found if not entry or (known is not None and entry not in known)]
    if strange:
        expected = "some names" if known is None else f"some of {', '.join(sorted(known))}"
        detail = f"expected {expected}, separated by commas, got {ascii(strange[0])[:60]}"
        faults.append(bad_parameter(name, detail))
    return found


def _read_series(query: Mapping[str, str], faults: list[Fault]) -> UUID | None:
    text = query.get("filter[series]")
    if text is None:
        return None
    if UUID4.fullmatch(text):
        return UUID(text)
    detail = f"expected the id of a series, got {ascii(text)[:60]}"
    faults.append(bad_parameter("filter[series]", detail))
    return None


def _collect(errors: list[Json], read: Callable[[], T], otherwise: T) -> T:
    """What is read, or something else with more errors."""
    try:
        return read()
    except Problem as refused:
        errors.extend(refused.errors)
        return otherwise
