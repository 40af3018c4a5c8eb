"""Listeners: follow an instrument's stream in a thread, and go on where it broke off."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

import httpx

from tests.end_to_end.asking import VIEWER
from tests.end_to_end.system import wait_for
from tests.end_to_end.week.book import Entry


@dataclass(slots=True)
class Told:
    """One server-sent event."""

    id: int = 0
    name: str = ""
    data: dict[str, object] = field(default_factory=dict)


class Listener:
    """Follows one instrument from the beginning on, until it is stopped.

    Parameters
    ----------
    url
        The API's URL.
    place
        The instrument's id.
    """

    def __init__(self, url: str, place: str) -> None:
        self.place = place
        self.told: list[Told] = []
        self.connections = 0
        self._url = f"{url}/v2/instruments/{place}/stream"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"listener {place}")
        self._thread.start()

    @property
    def entries(self) -> list[Entry]:
        """The state changes that were told, in order."""
        return [
            (str(each.data["event"]), each.name) for each in self.told if each.name != "revised"
        ]

    def revisions(self, night: str) -> list[object]:
        """The revisions of a night's plan that were told, in order."""
        return [
            each.data["revision"]
            for each in self.told
            if each.name == "revised" and each.data["night"] == night
        ]

    def wait_until(self, entries: int) -> None:
        """Return when so many state changes were told."""
        wait_for(lambda: len(self.entries) >= entries, 10, f"{self.place} told {entries} changes")

    def stop(self) -> None:
        """Follow no longer."""
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _listen(self) -> None:
        timeout = httpx.Timeout(5.0, read=0.5)
        with httpx.Client(trust_env=False, timeout=timeout) as client:
            while not self._stop.is_set():
                try:
                    self._follow(client)
                except httpx.HTTPError:
                    self._stop.wait(0.1)

    def _follow(self, client: httpx.Client) -> None:
        """Read what comes; silence is an error, after which it begins again where it was."""
        last = self.told[-1].id if self.told else 0
        headers = {"X-API-Key": VIEWER, "Last-Event-ID": str(last)}
        with client.stream("GET", self._url, headers=headers) as response:
            if response.status_code != 200:
                self._stop.wait(0.1)
                return
            self.connections += 1
            found = Told()
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    found.id = int(value)
                elif name == "event":
                    found.name = value
                elif name == "data":
                    found.data = json.loads(value)
                elif not line and found.name:
                    self.told.append(found)
                    found = Told()
                if self._stop.is_set():
                    return
