"""Reading requests: bodies within limits, query parameters, ids, conditions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from api.json_body import read_json
from api.middleware import header_values
from api.negotiation import check_content_type
from api.problems import from_faults, problem, refusal
from instruments import find
from models.errors import Fault, InvalidRequest, Reason
from models.identity import Caller
from models.instant import NotAnInstant, parse_instant
from models.instrument import Instrument
from models.night import FIRST_DATE, LAST_DATE

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What a request body may be.

    Parameters
    ----------
    size
        In bytes.
    time
        Longest time it may take to arrive, in seconds.
    """

    size: int
    time: float


def caller_of(request: Request) -> Caller:
    """Who is asking."""
    caller: Caller = request.state.caller
    return caller


def find_instrument(name: str) -> Instrument:
    """The instrument with this id or name.

    Raises
    ------
    Problem
        404 ``unknown-instrument``.
    """
    instrument = find(name)
    if instrument is None:
        raise refusal(
            Reason.UNKNOWN_INSTRUMENT,
            f"expected the id of an instrument as GET /v1/instrument lists them, got "
            f"{ascii(name)[:80]}",
        )
    return instrument


def require_submitter(caller: Caller) -> None:
    """Refuse callers that may only read.

    Raises
    ------
    Problem
        403 ``not-allowed``.
    """
    if not caller.may_submit:
        raise refusal(
            Reason.NOT_ALLOWED,
            "expected a consumer in the group operator, owner, partner or external; "
            f"{caller.username} may only read",
        )


def require_operator(caller: Caller) -> None:
    """Refuse callers that are no operators.

    Raises
    ------
    Problem
        403 ``not-allowed``.
    """
    if not caller.is_operator:
        raise refusal(
            Reason.NOT_ALLOWED,
            f"expected a consumer in the group operator; {caller.username} is not",
        )


async def read_document(request: Request, limits: BodyLimits, extension: str = "") -> Any:
    """The request's body as JSON, of the JSON:API extension named if there is one.

    Raises
    ------
    Problem
        415, 413, 408 or 400 ``malformed`` with every fault.
    """
    check_content_type(header_values(request.scope, b"content-type"), extension)
    body = await _read_body(request, limits)
    try:
        return read_json(body)
    except InvalidRequest as error:
        raise from_faults(error.faults) from None


async def _read_body(request: Request, limits: BodyLimits) -> bytes:
    too_large = problem(
        413,
        "too-large",
        f"expected a body of at most {limits.size} bytes, got more",
        title="Content Too Large",
        headers={"Connection": "close"},
    )
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.size:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.time):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.size:
                    raise too_large
                chunks.append(chunk)
    except TimeoutError:
        raise problem(
            408,
            "body-timeout",
            f"expected the whole body within {limits.time:g} s",
            headers={"Connection": "close"},
        ) from None
    except ClientDisconnect:
        raise problem(400, "malformed", "expected a whole body, got a part of one") from None
    return b"".join(chunks)


def read_query(request: Request, allowed: Collection[str]) -> dict[str, str]:
    """The query parameters, each of which must be known and come once.

    Raises
    ------
    Problem
        400 with an error for each parameter at fault.
    """
    faults = []
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            faults.append(_bad_parameter(name, f"expected no parameter but: {known}"))
        elif name in found:
            faults.append(_bad_parameter(name, "expected the parameter once, got it again"))
        else:
            found[name] = value
    if faults:
        raise from_faults(faults)
    return found


def read_date(query: dict[str, str], name: str) -> date | None:
    """A query parameter that names a night.

    Raises
    ------
    Problem
        400 if it is there and is no date whose night can be found.
    """
    text = query.get(name)
    if text is None:
        return None
    day = parse_date(text)
    if day is None:
        detail = f"expected a date such as 2026-11-21, got {ascii(text)[:60]}"
        raise from_faults([_bad_parameter(name, detail)])
    if not FIRST_DATE <= day <= LAST_DATE:
        detail = f"expected a date from {FIRST_DATE} to {LAST_DATE}, got {text}"
        raise from_faults([_bad_parameter(name, detail)])
    return day


def read_span(
    query: dict[str, str], first: str, last: str
) -> tuple[datetime | None, datetime | None]:
    """Two query parameters that bound a span: instants, or dates for their midnight UTC.

    Raises
    ------
    Problem
        400 with an error for each that is neither, or if they are the wrong way round.
    """
    faults: list[Fault] = []
    start = _read_instant(query.get(first), first, faults)
    end = _read_instant(query.get(last), last, faults)
    if start is not None and end is not None and end < start:
        faults.append(
            _bad_parameter(last, f"expected a time not before {first}, got {query[last]}")
        )
    if faults:
        raise from_faults(faults)
    return start, end


def _read_instant(text: str | None, name: str, faults: list[Fault]) -> datetime | None:
    if text is None:
        return None
    day = parse_date(text)
    if day is not None:
        return datetime.combine(day, datetime.min.time(), UTC)
    try:
        return parse_instant(text)
    except NotAnInstant as error:
        faults.append(_bad_parameter(name, f"{error.detail} (or a date such as 2026-11-21)"))
    return None


def parse_date(text: str) -> date | None:
    """A date such as 2026-11-21, or None."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def known_tags(request: Request) -> list[str]:
    """The entity tags of ``If-None-Match``; ``*`` for any."""
    tags: list[str] = []
    for value in header_values(request.scope, b"if-none-match"):
        if value.strip() == "*":
            return ["*"]
        tags.extend(_TAG.findall(value))
    return tags


def parse_event_id(text: str) -> UUID | None:
    """A UUID as people write it, or None."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _bad_parameter(name: str, detail: str) -> Fault:
    return Fault(reason=Reason.SCHEMA, detail=detail, parameter=name)
