"""A service like ours, as small as can be: it listens, and says that it is ready.

    service.py NAME FILE PORT [stubborn | parent]

It writes a line with its process id to FILE. A stubborn one ignores SIGTERM, a
parent has a child process of its own.
"""

import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer


class Health(BaseHTTPRequestHandler):
    """Answers every GET with 200."""

    def do_GET(self) -> None:
        """Say that all is well."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing in the log."""


def main() -> None:
    name, file, port, *manners = sys.argv[1:]
    if "stubborn" in manners:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "parent" in manners:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", file])
    with Path(file).open("a") as lines:
        lines.write(f"{name}\n")
    sys.stdout.write(f"{name} listens on {port}\n")
    sys.stdout.flush()
    TCPServer.allow_reuse_address = True
    TCPServer(("127.0.0.1", int(port)), Health).serve_forever()


main()
