"""From rows of the database to what :mod:`models.reading` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from models.reading import FeedEntry, NightSummary, StoredDownload
from models.schedule import Block

_NIGHTS = TypeAdapter(tuple[NightSummary, ...])
_FEED = TypeAdapter(tuple[FeedEntry, ...])
_DOWNLOADS = TypeAdapter(tuple[StoredDownload, ...])


def nights_of(found: Iterable[Row[Any]]) -> tuple[NightSummary, ...]:
    """Nights with what their plans add up to."""
    return _NIGHTS.validate_python([dict(row._mapping) for row in found])


def feed_of(found: Iterable[Row[Any]]) -> tuple[FeedEntry, ...]:
    """What happened, in order."""
    return _FEED.validate_python([dict(row._mapping) for row in found])


def downloads_of(found: Iterable[Row[Any]]) -> tuple[StoredDownload, ...]:
    """Who got a plan."""
    return _DOWNLOADS.validate_python([dict(row._mapping) for row in found])


def blocks_of(found: Sequence[Row[Any]]) -> tuple[Block, ...]:
    """Blocks as kept with a revision, in order of time."""
    blocks = [Block.model_validate_json(block) for (block,) in found]
    return tuple(sorted(blocks, key=lambda block: block.start))
