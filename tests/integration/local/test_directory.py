"""The data directory: private, one supervisor's, and kind about what it cannot be."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.local.errors import AlreadyRunning, DirectoryUnusable, HostRefused, PortInUse
from adapters.local.layout import at, private
from adapters.local.lock import held
from adapters.local.ports import assert_free, free_ports
from adapters.local.system import assert_loopback

HOLD = """
import sys, pathlib
from adapters.local.lock import held
with held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_everything_in_it_is_private(tmp_path: Path) -> None:
    layout = at(tmp_path / "deep" / "night")
    layout.prepare()
    layout.prepare()
    for directory in (layout.root, layout.run, layout.root / "log", layout.root / "data"):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_with_other_things_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("not ours")
    tmp_path.chmod(0o755)
    layout = at(tmp_path)
    layout.prepare()
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert layout.run.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    file = tmp_path / "night"
    file.write_text("")
    with pytest.raises(DirectoryUnusable, match="a file is in the way") as failure:
        at(file).prepare()
    assert failure.value.path == file
    with pytest.raises(DirectoryUnusable, match="a file is in the way"):
        at(file / "below").prepare()


def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(DirectoryUnusable, match="--data"):
        at(Path("/proc/night")).prepare()


@pytest.mark.parametrize("name", ["night", "two words", "Nächte-夜", "x" * 120, "a,b:c?d"])
def test_the_socket_has_a_plain_and_short_path(tmp_path: Path, name: str) -> None:
    sockets = at(tmp_path / name).sockets
    assert len(bytes(sockets / ".s.PGSQL.5432")) < 104
    assert str(sockets).isascii()
    assert not set(str(sockets)) & set(" ,:?")
    assert sockets == at(tmp_path / name).sockets
    assert sockets != at(tmp_path / f"{name}x").sockets


def test_a_private_directory_is_not_taken_from_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    with pytest.raises(DirectoryUnusable, match="somebody else"):
        private(tmp_path / "link", None)


def test_the_second_supervisor_is_told_who_is_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    lock.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"`kill {first.pid}`"), held(lock):
            pytest.fail("both hold it")
        first.kill()
    with held(lock):
        pass


def test_free_ports_are_different_free_and_never_given_to_clients() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(ports) < lowest
    for port in ports:
        assert_free("127.0.0.1", port)


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} on 127.0.0.1 is already in use"):
            assert_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_is_served(host: str) -> None:
    assert_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])  # noqa: S104
def test_anything_else_is_refused(host: str) -> None:
    with pytest.raises(HostRefused, match="this machine only"):
        assert_loopback(host)
