"""One whole system as processes: scheduler, sidecar and API on a real database and broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from adapters.local.ports import free_ports
from tests.end_to_end.surroundings import Addresses

ROOT = Path(__file__).resolve().parents[2]
PROOF = "the-proof-of-the-tests"
PREVIOUS_PROOF = "the-proof-before-that-one"
GATEWAY = ROOT / "k8s" / "kong" / "kong.yaml"


class Service:
    """One of our programs as a process, with its settings, which can be started again.

    Parameters
    ----------
    program
        ``api``, ``scheduler`` or ``sidecar``.
    log
        Where its log goes.
    health_port
        Where its ``/health`` is.
    settings
        Its ``NIGHTPLAN_…`` variables, without the prefix.
    """

    def __init__(
        self, program: str, log: Path, health_port: int, settings: Mapping[str, str]
    ) -> None:
        self.program = program
        self.log = log
        self.health = f"http://127.0.0.1:{health_port}/health/ready"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("NIGHTPLAN_")
        }
        own = {f"NIGHTPLAN_{name}": value for name, value in self._settings.items()}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=ROOT,
                env={**inherited, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def send(self, number: int) -> None:
        """Send a signal to the process."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill the process at once, and see it gone."""
        self.send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(5)

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def ready(self) -> bool:
        """Whether it says that it is ready; its death fails the test."""
        assert self._process is not None
        status = self._process.poll()
        assert status is None, f"{self.program} ended with {status}:\n{self.tail()}"
        try:
            return httpx.get(self.health, timeout=2.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def ask_to_stop(self) -> None:
        """Ask the process to end in good order; also one that was halted."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()

    def wait_until_stopped(self) -> None:
        """Return when the process has ended; it must do so within 10 s."""
        if self._process is None:
            return
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


class System:
    """Scheduler, sidecar and one or more APIs.

    Parameters
    ----------
    directory
        For the logs.
    addresses
        The database and the broker.
    """

    def __init__(self, directory: Path, addresses: Addresses) -> None:
        self._directory = directory
        self._addresses = addresses
        sidecar, scheduler = free_ports(2)
        self._sidecar_url = f"http://127.0.0.1:{sidecar}"
        self.scheduler = self._scheduler(scheduler)
        self.schedulers = [self.scheduler]
        self.sidecar = self._service(
            "sidecar", sidecar, {"PORT": str(sidecar), "DATABASE_ROLE": "nightplan_sidecar"}
        )
        self.apis: list[tuple[Service, str]] = []

    def add_scheduler(self) -> None:
        """One more scheduler, started."""
        [port] = free_ports(1)
        self.schedulers.append(self._scheduler(port))
        self.schedulers[-1].start()

    def add_api(self, *, gateway: bool = True, **settings: str) -> str:
        """One more API, started; returns its URL.

        ``gateway``: whether it checks API keys itself, as in ``nightplan up``.
        """
        [port] = free_ports(1)
        own = {
            "PORT": str(port),
            "SIDECAR_URL": self._sidecar_url,
            "GATEWAY_PROOF": PROOF,
            "GATEWAY_PROOF_PREVIOUS": PREVIOUS_PROOF,
        }
        if gateway:
            own["LOCAL_GATEWAY"] = str(GATEWAY)
        service = self._service("api", port, {**own, **settings})
        url = f"http://127.0.0.1:{port}"
        self.apis.append((service, url))
        service.start()
        return url

    def remove_api(self, url: str) -> None:
        """Stop an API and forget it."""
        [found] = [pair for pair in self.apis if pair[1] == url]
        found[0].ask_to_stop()
        found[0].wait_until_stopped()
        self.apis.remove(found)

    @property
    def url(self) -> str:
        """The first API's URL."""
        return self.apis[0][1]

    def start(self) -> None:
        """Start what was there before, or the first time scheduler and sidecar."""
        for service in self._services():
            service.start()

    def wait_until_ready(self) -> None:
        """Return when every service is ready."""
        for service in self._services():
            wait_for(service.ready, 20, f"{service.program} is ready")

    def stop(self) -> None:
        """Stop every service."""
        for service in self._services():
            service.ask_to_stop()
        for service in self._services():
            service.wait_until_stopped()

    def _services(self) -> list[Service]:
        return [*self.schedulers, self.sidecar, *(service for service, _ in self.apis)]

    def _scheduler(self, port: int) -> Service:
        return self._service(
            "scheduler",
            port,
            {
                "HEALTH_PORT": str(port),
                "DATABASE_ROLE": "nightplan_scheduler",
                # Plans of nights that no test asks for cost only time.
                "PLAN_AHEAD": "1",
            },
        )

    def _service(self, program: str, port: int, settings: Mapping[str, str]) -> Service:
        number = len(list(self._directory.glob(f"{program}*.log"))) + 1
        log = self._directory / f"{program}{number}.log"
        log.touch()
        return Service(
            program,
            log,
            port,
            {
                "DATABASE_URL": self._addresses.database,
                "KAFKA_BOOTSTRAP": self._addresses.kafka,
                "KAFKA_FETCH_WAIT_MS": "10",
                **settings,
            },
        )


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as a condition holds; fail if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


@contextmanager
def running_system(directory: Path, addresses: Addresses) -> Iterator[System]:
    """A system with one API that is ready; stopped on leaving."""
    found = System(directory, addresses)
    found.start()
    found.add_api()
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.stop()
