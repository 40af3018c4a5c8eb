"""The README's picture: drawn from committed data, the same each time, of a schedule that holds."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.instant import parse_instant
from tools.local_system import ROOT
from tools.make_picture import GROUPS, make_requests
from tools.plot_night import draw, read_picture, save

PICTURES = ROOT / "docs" / "pictures"
NIGHT: dict[str, Any] = json.loads((PICTURES / "night.json").read_text(encoding="utf-8"))
REQUESTS: list[dict[str, Any]] = json.loads(
    (PICTURES / "requests.json").read_text(encoding="utf-8")
)


def test_the_committed_night_holds() -> None:
    meta = NIGHT["meta"]
    spans = [
        (parse_instant(block["attributes"]["start_time"]),
         parse_instant(block["attributes"]["end_time"]))
        for block in NIGHT["data"]
    ]  # fmt: skip
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert parse_instant(meta["dusk"]) <= spans[0][0]
    assert spans[-1][1] <= parse_instant(meta["dawn"])
    assert meta["solver"]["gap"] == 0


def test_every_requested_block_was_asked_for() -> None:
    asked = {entry["id"] for entry in REQUESTS}
    blocks = {block["id"] for block in NIGHT["data"] if not block["meta"]["filler"]}
    assert blocks < asked
    assert len(REQUESTS) == sum(GROUPS.values())


def test_the_same_data_give_the_same_picture(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(draw(read_picture(NIGHT, REQUESTS)), tmp_path / name)
    for suffix in ("png", "svg"):
        one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
        assert one.read_bytes() == two.read_bytes()
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_a_night_without_requests_is_drawn_by_type(tmp_path: Path) -> None:
    picture = read_picture(NIGHT, ())
    assert list(picture.kinds) == ["static"]
    save(draw(picture), tmp_path / "plain")


def test_a_night_without_darkness_is_told() -> None:
    with pytest.raises(SystemExit, match="no darkness"):
        read_picture({"meta": {"dark": False, "night": "2026-06-21"}, "data": []}, ())


def test_the_same_seed_makes_the_same_requests() -> None:
    night = date(2026, 11, 23)
    assert make_requests(night, 1) == make_requests(night, 1)
    assert make_requests(night, 1) != make_requests(night, 2)
