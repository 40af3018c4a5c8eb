"""``python -m tests.schemathesis``: all phases of schemathesis against a live system, over HTTP."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.end_to_end.surroundings import Surroundings
from tests.end_to_end.system import ROOT, System

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ensure_resource_availability",
    "ignored_auth",
)
"""All but three, which would be wrong of nightplan:

- ``positive_data_acceptance``: no schema can say that a type belongs to the instrument in the URL,
  that a duration follows from a number of photos, or that a page begins where another ended.
- ``use_after_free``: an event that was removed can still be read, with its history.
- ``object_level_authorization``: every caller may read everything.
"""
ENDLESS = "/stream$"
"""Paths whose answers have no end; tests/end_to_end/v2/ reads them."""


def main() -> int:
    """Start a system, let schemathesis ask it, stop it.

    Returns
    -------
    int
        That of schemathesis: 1 on any finding.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="how long to ask")
    parser.add_argument("--seed", type=int, default=1, help="what the requests are made from")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightplan-schemathesis-") as folder:
        return _run(Path(folder), given.seconds, given.seed)


def _run(directory: Path, seconds: int, seed: int) -> int:
    surroundings = Surroundings(directory / "surroundings")
    try:
        system = System(directory, surroundings.start("main"))
        system.start()
        # A caller that asks this fast is refused otherwise, which would say little.
        url = system.add_api(CALLER_RATE="100000", CALLER_BURST="100000")
        try:
            system.wait_until_ready()
            return _ask(url, directory, seconds, seed)
        finally:
            system.stop()
    finally:
        surroundings.stop()


def _ask(url: str, directory: Path, seconds: int, seed: int) -> int:
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        str(program), "run", str(ROOT / "openapi" / "api.json"), "--url", url,
        "--header", "X-API-Key: demo-operator",
        "--phases", "examples,coverage,fuzzing,stateful",
        "--checks", ",".join(CHECKS),
        "--exclude-path-regex", ENDLESS,
        "--max-time", str(seconds), "--seed", str(seed), "--generation-database", "none",
        "--request-timeout", "20", "--continue-on-failure", "--warnings", "off", "--no-color",
    ]  # fmt: skip
    return subprocess.run(command, cwd=directory, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
