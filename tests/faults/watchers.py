"""Watchers: read every schedule from every API, and follow the topic of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from adapters.kafka.reader import PartitionReader
from instruments import discover
from models.errors import Unreachable
from models.outcome import Change
from models.topic import CHANGES, PARTITIONS
from tests.faults.history import Announced, Served, ServedBlock
from tests.faults.nights import CampaignNight, present
from tests.faults.recorder import Recorder

_VIEWER = {"X-API-Key": "demo-viewer"}


class ScheduleWatcher:
    """Reads the schedules of all nights from one API, over and over.

    Parameters
    ----------
    api, url
        Which API.
    nights
        Which nights.
    recorder
        Is told every schedule that was not served in the same words before.
    pause
        Seconds between two rounds.
    """

    def __init__(
        self,
        api: str,
        url: str,
        nights: Sequence[CampaignNight],
        recorder: Recorder,
        pause: float,
    ) -> None:
        self._api = api
        self._nights = nights
        self._recorder = recorder
        self._pause = pause
        self._tags: dict[CampaignNight, str] = {}
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=_VIEWER,
            timeout=4.0,
            trust_env=False,
            verify=False,  # noqa: S501
        )

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                for night in self._nights:
                    await self._look(night)
                await asyncio.sleep(self._pause)
        finally:
            await self._client.aclose()

    async def read_all(self) -> bool:
        """Read every night once more in full; whether all were served."""
        self._tags.clear()
        return all([await self._look(night) for night in self._nights])

    async def _look(self, night: CampaignNight) -> bool:
        known, begun = self._tags.get(night), present()
        try:
            response = await self._client.get(
                f"{night.path}/schedule",
                params={"filter[night]": night.date.isoformat()},
                headers={"If-None-Match": known} if known else {},
            )
        except (httpx.HTTPError, OSError):
            self._recorder.reads["none"] += 1
            await asyncio.sleep(0.2)
            return False
        aged = " with Age" if "age" in response.headers else ""
        self._recorder.reads[f"{response.status_code}{aged}"] += 1
        if response.status_code == 304:
            return True
        if response.status_code != 200:
            return False
        tag = response.headers.get("etag", "")
        self._tags[night] = tag
        document = response.json()
        meta = document["meta"]
        self._recorder.write(
            Served(
                at=present(),
                begun=begun,
                age=float(response.headers.get("age", 0)),
                source=self._api,
                instrument=night.instrument.id,
                night=meta["night"],
                revision=meta["revision"],
                tag=tag,
                dusk=meta["dusk"],
                dawn=meta["dawn"],
                blocks=tuple(
                    ServedBlock(
                        id=block["id"],
                        start=block["attributes"]["start_time"],
                        end=block["attributes"]["end_time"],
                        filler=block["meta"]["filler"],
                    )
                    for block in document["data"]
                ),
            )
        )
        return True


class ChangesFollower:
    """Reads the topic of changes from its beginning; again from there when the log is another.

    Parameters
    ----------
    bootstrap
        The broker itself, without a link.
    recorder
        Is told every change.
    """

    def __init__(self, bootstrap: str, recorder: Recorder) -> None:
        self._recorder = recorder
        self.idle_since = 0.0
        self._reader = PartitionReader(
            bootstrap=bootstrap,
            topic=CHANGES,
            partitions=sorted({instrument.group.partition for instrument in discover()}),
            expected_partitions=PARTITIONS,
            fetch_wait_ms=100,
            request_timeout_ms=2000,
        )

    async def run(self) -> None:
        """Follow until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    await self._reader.open(at_end=False)
                    self.idle_since = loop.time()
                    while True:
                        await self._receive(loop)
                except Unreachable:
                    self.idle_since = float("inf")
                    await asyncio.sleep(0.3)
        finally:
            await self._reader.close()

    async def _receive(self, loop: asyncio.AbstractEventLoop) -> None:
        records = await self._reader.receive(0.5)
        for record in records:
            change = Change.model_validate_json(record.value or b"")
            self._recorder.write(Announced(at=present(), change=change))
        if records:
            self.idle_since = loop.time()
