"""Content: the digest of what a request asks for, equal for equal requests.

The driver takes it from what it sends and from what an answer shows, the checker
from what is stored; all three must be the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from models.event import Event
from models.instant import format_instant, parse_instant


def content_of(document: Mapping[str, Any]) -> str:
    """The digest of an event as a JSON:API resource object (``type`` and ``attributes``)."""
    return _digest(document["type"], document["attributes"])


def content_of_event(event: Event) -> str:
    """The digest of a fixed event as the product keeps it."""
    window = event.windows[0]
    times = {"start_time": format_instant(window.start), "end_time": format_instant(window.end)}
    return _digest(event.type, {**event.attributes, **times})


def _digest(kind: str, attributes: Mapping[str, Any]) -> str:
    own = dict(attributes)
    for name in ("start_time", "end_time"):
        own[name] = format_instant(parse_instant(str(own[name])))
    text = json.dumps([kind, own], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
