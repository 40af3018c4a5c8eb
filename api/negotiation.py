"""Content negotiation of JSON:API 1.1: which media types are taken and given."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api.document import MEDIA_TYPE
from api.problems import problem

TAKEN = (MEDIA_TYPE, "application/json")
_ALLOWED_PARAMETERS = {"ext", "profile"}
_QUALITY = re.compile(r"[01](\.\d{0,3})?", re.ASCII)


def check_content_type(values: Sequence[str], extension: str = "") -> None:
    """Refuse a body of another media type.

    Parameters
    ----------
    values
        Every ``Content-Type`` header of the request.
    extension
        The JSON:API extension that a body must be of; empty: it may be of none.

    Raises
    ------
    Problem
        415: there is none or more than one, it is another one, it has a parameter
        other than ``ext`` and ``profile``, or it is of another extension.
    """
    taken = (f'{MEDIA_TYPE}; ext="{extension}"',) if extension else TAKEN
    expected = f"expected the Content-Type {' or '.join(taken)}"
    if len(values) != 1:
        got = "none" if not values else f"{len(values)} of them"
        raise _unsupported(f"{expected}, got {got}")
    media_type, parameters = _parse(values[0])
    if media_type not in TAKEN:
        raise _unsupported(f"{expected}, got {ascii(values[0])[:80]}")
    wrong = [name for name, _ in parameters if name not in _ALLOWED_PARAMETERS]
    if wrong:
        raise _unsupported(f"{expected} without the parameter {ascii(wrong[0])[:40]}")
    named = " ".join(value for name, value in parameters if name == "ext").split()
    if extension and extension not in named:
        raise _unsupported(f"{expected}, got {ascii(values[0])[:80]}")
    strange = [value for value in named if value != extension]
    if strange:
        wanted = f"no JSON:API extension but {extension}" if extension else "no JSON:API extension"
        raise _unsupported(f"expected {wanted}, got {ascii(strange[0])[:80]}")


def check_accept(values: Sequence[str], extension: str = "") -> None:
    """Refuse a request whose every JSON:API media range has parameters we do not give.

    Parameters
    ----------
    values
        Every ``Accept`` header of the request.
    extension
        The JSON:API extension that the answer may be of; empty: none.

    Raises
    ------
    Problem
        406, as JSON:API 1.1 demands.
    """
    ranges = [_parse(part) for value in values for part in _split(value, ",")]
    ours = [parameters for media_type, parameters in ranges if media_type == MEDIA_TYPE]
    if ours and not any(_acceptable(parameters, extension) for parameters in ours):
        raise problem(
            406,
            "not-acceptable",
            f"expected {MEDIA_TYPE} without parameters, or with a profile only, among the "
            "media types accepted",
            source={"header": "Accept"},
        )


def read_ranges(values: Sequence[str]) -> list[tuple[str, float]]:
    """The media ranges of every ``Accept`` header, with how much each is liked (0 to 1)."""
    found = []
    for value in values:
        for part in _split(value, ","):
            media_type, parameters = _parse(part)
            text = dict(parameters).get("q", "1")
            liked = float(text) if _QUALITY.fullmatch(text) else 0.0
            found.append((media_type, liked))
    return found


def _acceptable(parameters: Sequence[tuple[str, str]], extension: str) -> bool:
    return all(
        name in {"q", "profile"} or (name == "ext" and set(value.split()) <= {extension})
        for name, value in parameters
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
