"""The command as a process, in a pipe and on a terminal; a real system and a scripted one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.local.ports import free_ports

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = (sys.executable, "-m", "cli")
PLAIN = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        """The lines of its output, split into their fields."""
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def document(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """The command with its settings."""

    env: dict[str, str]
    cwd: Path = ROOT

    def __call__(self, *arguments: str, stdin: str = "", **env: str) -> Ended:
        """Run it in a pipe."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.cwd,
            env={**PLAIN, **self.env, **env},
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def on_terminal(self, *arguments: str, columns: int = 110, **env: str) -> Ended:
        """Run it with its output on a terminal."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        terminal = {"TERM": "xterm-256color"}
        with subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.cwd,
            env={**PLAIN, **terminal, **self.env, **env},
        ) as process:
            os.close(theirs)
            out = b"".join(_read_all(ours))
            _, err = process.communicate(timeout=60)
        os.close(ours)
        return Ended(process.returncode, out.decode().replace("\r\n", "\n"), err)


def _read_all(terminal: int) -> Iterator[bytes]:
    try:
        while chunk := os.read(terminal, 65_536):
            yield chunk
    except OSError:
        return  # Linux: the other side is closed


@pytest.fixture(scope="session")
def command() -> Command:
    """The command without any settings."""
    return Command({})


@dataclass(frozen=True)
class System:
    """A running system."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str]

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=10)
        return self.process.returncode


def start_system(data: Path) -> System:
    """Start a system and wait until it is ready."""
    port = free_ports(1)[0]
    process = subprocess.Popen(
        [*PROGRAM, "up", "--port", str(port), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=PLAIN,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if "ready" in line and "nightplan" in line:
            return System(process, f"http://127.0.0.1:{port}", lines)
    raise AssertionError("\n".join(lines))


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A real system for all tests; it ends with 0 within 10 s."""
    found = start_system(tmp_path_factory.mktemp("up") / "data")
    yield found
    if found.process.poll() is None:
        assert found.stop() == 0


@pytest.fixture(scope="session")
def client(system: System) -> Command:
    """The command as an operator of the real system."""
    return Command({"NIGHTPLAN_SERVER": system.url, "NIGHTPLAN_API_KEY": "demo-operator"})


@pytest.fixture(scope="session")
def _days(client: Command) -> Iterator[int]:
    return count(20)


@pytest.fixture
def night(client: Command, _days: Iterator[int]) -> date:
    """A night of the FAIM at Oberpfaffenhofen that no other test uses."""
    current = client("schedule", "--json").document["meta"]["night"]
    return date.fromisoformat(current) + timedelta(days=next(_days))


@dataclass
class Scripted:
    """A server that gives the answers it was told to give, and keeps what it was asked."""

    url: str
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def will_say(self, status: int, document: Any, **headers: str) -> None:
        """Add an answer (0: none); the last one is given again and again."""
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, content))

    def command(self) -> Command:
        """The command that asks it."""
        return Command({"NIGHTPLAN_SERVER": self.url, "NIGHTPLAN_API_KEY": "a-key"})


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A scripted server."""
    found = Scripted("")

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.command, self.path, headers, body))
            answers = found.answers
            status, named, content = answers.pop(0) if len(answers) > 1 else answers[0]
            if not status:
                return
            self.send_response(status)
            for name, value in named.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the library's names

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def write_json(tmp_path: Path) -> Callable[[Any], str]:
    """Write a value into a file; its name."""
    names = count()

    def write(value: Any) -> str:
        path = tmp_path / f"{next(names)}.json"
        path.write_text(json.dumps(value))
        return str(path)

    return write
