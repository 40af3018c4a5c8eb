"""Validation: all that is wrong with the attributes of one event, found at once.

First the form, judged by the event type's JSON Schema; times by
:func:`models.instant.parse_instant`, which tells a wrong offset from a wrong form. Then
the instrument's own rules, each one only where all that it reads has the right form.
Nothing that JSON can express makes it raise.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator

from instruments.quoting import name_schema_type, name_type, point, quote
from instruments.schemas import schema_of
from models.errors import Fault, Reason
from models.instant import NotAnInstant, parse_instant
from models.instrument import Attributes, EventType

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader takes exactly (RFC 7493)."""
LONGEST_TEXT = 10_000
MOST_MEMBERS = 1_000
DEEPEST_LEVEL = 8
MOST_UNKNOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the form of one event type is judged by.

    Parameters
    ----------
    validator
        Of its JSON Schema, compiled.
    names
        Its attributes.
    times
        Those of them that are instants.
    """

    validator: Validator
    names: tuple[str, ...]
    times: tuple[str, ...]


def check_attributes(event_type: EventType, attributes: object) -> list[Fault]:
    """Find everything that is wrong with the attributes of an event.

    Parameters
    ----------
    event_type
        What they are meant for.
    attributes
        Any JSON value, as a client sent it.

    Returns
    -------
    list of Fault
        In the order of the document; empty if nothing is wrong. Pointers are relative to
        the attributes; that of a missing attribute is ``""``, the attributes themselves.
    """
    if not isinstance(attributes, Mapping):
        return [_fault((), f"expected an object with attributes, got {name_type(attributes)}")]
    form = _form(event_type)
    fitted = {name: _fit(value) for name, value in attributes.items()}
    values: dict[str, Any] = dict(fitted)
    faults = _judge_times(form, values)
    judged = {fault.pointer for fault in faults}
    faults += [
        fault
        for fault in _judge_form(form, attributes, fitted)
        if fault.pointer not in judged or fault.pointer == ""
    ]
    wrong = {_top(fault) for fault in faults}
    for name in form.names:
        if name in attributes and name not in wrong and fitted[name] is not attributes[name]:
            faults.append(_fault((name,), f"expected {_LIMITS}, got more"))
            wrong.add(name)
    sound = {name: values[name] for name in form.names if name in values and name not in wrong}
    for check in event_type.checks:
        if all(name in sound for name in check.fields):
            found = check.find(sound)
            if found is not None:
                faults.append(found)
    order = {name: place for place, name in enumerate(attributes)}
    return sorted(faults, key=lambda fault: order.get(_top(fault), -1))


def canonical(
    event_type: EventType, attributes: Attributes
) -> tuple[datetime, datetime, dict[str, Any]]:
    """Take attributes without faults apart.

    Parameters
    ----------
    event_type
        What they are meant for.
    attributes
        Such that :func:`check_attributes` finds nothing.

    Returns
    -------
    tuple
        Start and end as aware UTC datetimes, and the type's own attributes in the order of
        its model, as the user wrote them.
    """
    own = {
        name: attributes[name]
        for name in _form(event_type).names
        if name in attributes and name not in ("start_time", "end_time")
    }
    return parse_instant(attributes["start_time"]), parse_instant(attributes["end_time"]), own


_LIMITS = (
    f"at most {LONGEST_TEXT} characters, {MOST_MEMBERS} members, {DEEPEST_LEVEL} levels, "
    "finite numbers and integers within 2^53"
)


def _judge_times(form: _Form, values: dict[str, Any]) -> list[Fault]:
    """Faults of the times; those that can be read become datetimes in ``values``."""
    faults = []
    for name in form.times:
        text = values.get(name)
        if isinstance(text, str):
            try:
                values[name] = parse_instant(text)
            except NotAnInstant as error:
                faults.append(_fault((name,), error.detail, error.reason))
    return faults


def _judge_form(
    form: _Form, attributes: Mapping[str, Any], fitted: Mapping[str, Any]
) -> Iterator[Fault]:
    """Faults of the form, at most one for each place and keyword, a wrong type alone."""
    errors = list(form.validator.iter_errors(fitted))
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    incomplete = set()
    for error in errors:
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from _unknown(path, error)
        elif error.validator == "required":
            # jsonschema gives an error for each name missing, none of which says the name.
            if path not in incomplete:
                yield from _missing(path, error)
            incomplete.add(path)
        elif error.validator == "type" or path not in mistyped:
            came = attributes[str(path[0])] if len(path) == 1 else error.instance
            yield _fault(path, f"expected {_expectation(error)}, got {quote(came)}")


def _missing(path: tuple[str | int, ...], error: ValidationError) -> Iterator[Fault]:
    """A fault for each attribute that is required and not there."""
    there = cast("Mapping[str, Any]", error.instance)
    for name in cast("list[str]", error.validator_value):
        if name not in there:
            yield _fault(path, f'expected the attribute "{name}", which is missing')


def _unknown(path: tuple[str | int, ...], error: ValidationError) -> Iterator[Fault]:
    """A fault for each attribute that the schema does not know, the first hundred of them."""
    allowed = list(cast("Mapping[str, Any]", error.schema)["properties"])
    unknown = [name for name in cast("Mapping[str, Any]", error.instance) if name not in allowed]
    for name in unknown[:MOST_UNKNOWN]:
        detail = f"expected only the attributes {', '.join(allowed)}; got {quote(name)}"
        similar = difflib.get_close_matches(name[:100], allowed, n=1)
        yield _fault((*path, name), detail + (f"; did you mean {similar[0]}?" if similar else ""))
    if len(unknown) > MOST_UNKNOWN:
        more = len(unknown) - MOST_UNKNOWN
        yield _fault(path, f"expected only the attributes {', '.join(allowed)}; got {more} more")


def _expectation(error: ValidationError) -> str:
    """What a keyword of the schema expects, in words."""
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            return name_schema_type(wanted)
        case "pattern":
            examples = cast("Mapping[str, Any]", error.schema).get("examples", ())
            such_as = "".join(f", such as {quote(example)}" for example in examples[:1])
            return f"text of the form {wanted}{such_as}"
        case "enum":
            return "one of " + ", ".join(quote(value) for value in wanted)
        case "minimum":
            return f"at least {wanted}"
        case "maximum":
            return f"at most {wanted}"
        case keyword:
            return f"{keyword} {quote(wanted)}"


def _fit(value: object) -> object:
    """The value itself, or one of its kind that errors can quote if it exceeds the limits."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return max(-LARGEST_INTEGER - 1, min(LARGEST_INTEGER + 1, value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list):
        return value if _is_small(value) else type(value)()
    return value


def _is_small(value: dict[str, object] | list[object]) -> bool:
    """Whether a nested value keeps within all limits."""
    level: list[object] = [value]
    members = 0
    for _ in range(DEEPEST_LEVEL):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            elif _fit(item) is not item:
                return False
        members += len(below)
        if members > MOST_MEMBERS:
            return False
        level = below
    return not level


def _top(fault: Fault) -> str | None:
    """The attribute that a fault is about; None for the attributes as a whole."""
    token = (fault.pointer or "").split("/")[1:2]
    return token[0].replace("~1", "/").replace("~0", "~") if token else None


def _fault(path: tuple[str | int, ...], detail: str, reason: Reason = Reason.SCHEMA) -> Fault:
    return Fault(reason=reason, detail=detail, pointer=point(path))


@cache
def _form(event_type: EventType) -> _Form:
    schema = schema_of(event_type)
    return _Form(
        validator=_strict()(schema),
        names=tuple(schema["properties"]),
        times=tuple(
            name
            for name, described in schema["properties"].items()
            if described.get("format") == "date-time"
        ),
    )


@cache
def _strict() -> type[Validator]:
    r"""Draft 2020-12 in which ``true`` and ``1.0`` are no integers and patterns are ECMA's.

    There ``\d`` is an ASCII digit and ``$`` the very end, not the end before a newline.
    """
    types = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extend = cast("Callable[..., type[Validator]]", validators.extend)
    return extend(Draft202012Validator, {"pattern": _pattern}, type_checker=types)


def _pattern(
    validator: Validator,  # noqa: ARG001 - the signature is jsonschema's
    pattern: str,
    instance: object,
    schema: Mapping[str, Any],  # noqa: ARG001
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compile(pattern).search(instance):
        yield ValidationError("the text has another form")


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), re.ASCII)
