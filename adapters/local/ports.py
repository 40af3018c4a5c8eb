"""Free ports on the loopback interface."""

from __future__ import annotations

import errno
import random
import socket
from contextlib import ExitStack
from pathlib import Path

from adapters.local.errors import HostRefused, LocalError, PortInUse

_LOWEST = 20000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 2000


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return ports that nobody listens on, all different.

    They lie below the range from which the system gives outgoing connections
    their ports. Otherwise a client that tries again and again while its server
    restarts will, sooner or later, be given the server's own port, connect to
    itself, and keep the server from coming back.

    Parameters
    ----------
    count
        How many.
    host
        The address they must be free on.

    Raises
    ------
    LocalError
        There are none.
    """
    dice = random.SystemRandom()
    highest = max(_LOWEST + 1000, _first_ephemeral() - 1)
    found: list[int] = []
    with ExitStack() as held:
        for _ in range(_TRIES):
            if len(found) == count:
                break
            port = dice.randint(_LOWEST, highest)
            try:
                held.enter_context(_bound(host, port))
            except OSError:
                continue
            found.append(port)
    if len(found) < count:
        raise LocalError(f"no free ports on {host} between {_LOWEST} and {highest}")
    return found


def assert_free(host: str, port: int) -> None:
    """Do nothing if a server could listen there.

    Parameters
    ----------
    host
        The address.
    port
        The port.

    Raises
    ------
    PortInUse
        Something listens there already.
    HostRefused
        It may not be used at all.
    """
    try:
        _bound(host, port).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise HostRefused(f"{host}:{port}", f"{error.strerror or error}.") from error


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # As servers do: a connection that lingers from the last run is no obstacle.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1)
    except OSError:
        listener.close()
        raise
    return listener


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32768
