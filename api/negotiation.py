"""Content negotiation of JSON:API 1.1: which media types are taken and given."""

from __future__ import annotations

from collections.abc import Sequence

from api.document import MEDIA_TYPE
from api.problems import problem

TAKEN = (MEDIA_TYPE, "application/json")
_ALLOWED_PARAMETERS = {"ext", "profile"}


def check_content_type(values: Sequence[str]) -> None:
    """Refuse a body of another media type.

    Parameters
    ----------
    values
        Every ``Content-Type`` header of the request.

    Raises
    ------
    Problem
        415: there is none or more than one, it is another one, it has a parameter
        other than ``ext`` and ``profile``, or it asks for an extension.
    """
    expected = f"expected the Content-Type {' or '.join(TAKEN)}"
    if len(values) != 1:
        got = "none" if not values else f"{len(values)} of them"
        raise _unsupported(f"{expected}, got {got}")
    media_type, parameters = _parse(values[0])
    if media_type not in TAKEN:
        raise _unsupported(f"{expected}, got {ascii(values[0])[:80]}")
    wrong = [name for name, _ in parameters if name not in _ALLOWED_PARAMETERS]
    if wrong:
        raise _unsupported(f"{expected} without the parameter {ascii(wrong[0])[:40]}")
    for name, value in parameters:
        if name == "ext" and value:
            raise _unsupported(f"expected no JSON:API extension, got {ascii(value)[:80]}")


def check_accept(values: Sequence[str]) -> None:
    """Refuse a request whose every JSON:API media range has parameters we do not give.

    Parameters
    ----------
    values
        Every ``Accept`` header of the request.

    Raises
    ------
    Problem
        406, as JSON:API 1.1 demands.
    """
    ranges = [_parse(part) for value in values for part in _split(value, ",")]
    ours = [parameters for media_type, parameters in ranges if media_type == MEDIA_TYPE]
    if ours and not any(_acceptable(parameters) for parameters in ours):
        raise problem(
            406,
            "not-acceptable",
            f"expected {MEDIA_TYPE} without parameters, or with a profile only, among the "
            "media types accepted",
            source={"header": "Accept"},
        )


def _acceptable(parameters: Sequence[tuple[str, str]]) -> bool:
    return all(
        name in {"q", "profile"} or (name == "ext" and not value) for name, value in parameters
    )


def _parse(value: str) -> tuple[str, list[tuple[str, str]]]:
    media_type, *rest = _split(value, ";")
    parameters = []
    for part in rest:
        name, _, text = part.partition("=")
        if name.strip():
            parameters.append((name.strip().lower(), text.strip().strip('"')))
    return media_type.strip().lower(), parameters


def _split(value: str, separator: str) -> list[str]:
    """Split at a separator that stands outside quotation marks."""
    parts, quoted = [""], False
    for character in value:
        if character == '"':
            quoted = not quoted
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _unsupported(detail: str) -> Exception:
    return problem(
        415,
        "unsupported-media-type",
        detail,
        source={"header": "Content-Type"},
        headers={"Accept": ", ".join(TAKEN)},
    )
