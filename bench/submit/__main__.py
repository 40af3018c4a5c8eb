"""``nightplan bench submit``: measures the way from a POST to its 200."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from time import perf_counter

from adapters.http.client import ApiClient, BadServer
from adapters.process.settings import ClientSettings
from bench.submit.measure import measure
from bench.submit.night import Refused
from bench.submit.own_system import KEY, NotStarted, own_system
from bench.submit.report import as_document, as_lines
from models.errors import Unreachable

REJECTED, UNREACHABLE = 4, 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns
    -------
    int
        The exit code: 4 if the server refused something, 5 if it is not there.
    """
    options = _parser().parse_args(arguments)
    settings = ClientSettings()
    begin = perf_counter()
    try:
        with nullcontext(options.server) if options.server else own_system() as server:
            key = settings.api_key.get_secret_value() if options.server else KEY
            api = ApiClient(server, api_key=key)
            found = measure(api, count=options.requests, resident=options.events, seed=options.seed)
            api.close()
    except (Unreachable, BadServer, NotStarted) as error:
        sys.stderr.write(f"nightplan bench submit: {error}\n")
        return UNREACHABLE
    except Refused as error:
        sys.stderr.write(f"nightplan bench submit: {error}\n")
        return REJECTED
    document = as_document(found, perf_counter() - begin)
    print(json.dumps(document) if options.json else "\n".join(as_lines(document)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nightplan bench submit",
        description="Adds and deletes one event after the other in a night far ahead, and tells "
        "how long each took. The key for --server comes from NIGHTPLAN_API_KEY.",
    )
    parser.add_argument("--server", metavar="URL", help="default: a system of its own")
    parser.add_argument("--requests", type=_positive, default=500, help="default: 500")
    parser.add_argument(
        "--events", type=_positive, default=50, help="in the night all the time; default: 50"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides about the events")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {value}")
    return value


if __name__ == "__main__":
    sys.exit(main())
