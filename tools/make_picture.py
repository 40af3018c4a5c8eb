"""``python -m tools.make_picture``: fills a night of a real system and draws it for the README.

Starts all of nightplan in a temporary directory, submits a seeded random set of static events
over HTTP as four consumers, downloads the night, and writes night.json, requests.json, night.png
and night.svg below docs/pictures/.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from adapters.process.clock import SystemClock
from instruments import find
from models.instant import MILLISECOND, format_instant
from models.night import find_night
from tools.local_system import running_system
from tools.plot_night import draw, read_picture, save

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
INSTRUMENT = "faim_oberpfaffenhofen"
GROUPS = {"operator": 6, "owner": 16, "partner": 20, "external": 22}
"""How many events each demo consumer asks for."""
PHOTO = timedelta(milliseconds=500)
SHORTEST, LONGEST = 600, 4800
"""How many pictures an event has: 5 to 40 minutes."""


def make_requests(night: date, seed: int) -> list[dict[str, Any]]:
    """Draw random static events, in the order in which they are submitted.

    Parameters
    ----------
    night
        The date of the night's dusk.
    seed
        The same seed and night give the same events.
    """
    instrument = find(INSTRUMENT)
    assert instrument is not None  # noqa: S101 - it is one of ours
    dark = find_night(instrument.site, night, instrument.depression)
    assert dark.dusk is not None and dark.dawn is not None  # noqa: S101, PT018 - at 48° N
    chance = random.Random(seed)  # noqa: S311 - no secret
    groups = [group for group, count in GROUPS.items() for _ in range(count)]
    chance.shuffle(groups)
    return [_make_request(group, dark.dusk, dark.dawn, chance) for group in groups]


def _make_request(
    group: str, dusk: datetime, dawn: datetime, chance: random.Random
) -> dict[str, Any]:
    photos = chance.randrange(SHORTEST, LONGEST, 20)
    room = (dawn - dusk - photos * PHOTO) // MILLISECOND
    start = dusk + chance.randrange(room) * MILLISECOND
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "group": group,
        "start_time": format_instant(start),
        "end_time": format_instant(start + photos * PHOTO),
        "zenith": f"{chance.uniform(0, 70):.3f}",
        "azimuth": f"{chance.uniform(0, 360):.3f}",
        "number_of_photos": photos,
    }


def submit(server: str, requests: Sequence[Mapping[str, Any]]) -> None:
    """Submit events one by one, each as the demo consumer of its group."""
    for request in requests:
        attributes = {key: request[key] for key in request if key not in {"id", "group"}}
        answer = httpx.post(
            f"{server}/v1/instrument/{INSTRUMENT}/event",
            headers={"X-API-Key": f"demo-{request['group']}"},
            json={"data": {"type": "static", "id": request["id"], "attributes": attributes}},
            timeout=10.0,
        )
        if answer.status_code not in {httpx.codes.OK, httpx.codes.CONFLICT}:
            raise SystemExit(f"{answer.status_code}: {answer.text}")


def main() -> None:
    """Read the command line, fill a night, draw it."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_picture", description=__doc__)
    parser.add_argument("--night", type=date.fromisoformat, help="default: in two days")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    night = given.night or SystemClock().now().date() + timedelta(days=2)
    requests = make_requests(night, given.seed)
    with tempfile.TemporaryDirectory() as directory, running_system(Path(directory)) as server:
        submit(server, requests)
        answer = httpx.get(
            f"{server}/v1/instrument/{INSTRUMENT}/schedule",
            params={"filter[night]": night.isoformat()},
            headers={"X-API-Key": "demo-viewer"},
            timeout=10.0,
        )
        schedule = answer.raise_for_status().json()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, document in (("night", schedule), ("requests", requests)):
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (PICTURES / f"{name}.json").write_text(text, encoding="utf-8")
    save(draw(read_picture(schedule, requests)), PICTURES / "night")


if __name__ == "__main__":
    main()
