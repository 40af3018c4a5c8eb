"""``python -m api.generate [--check]``: writes openapi/api.json, or tells whether it is true."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from api.app import build_application
from api.asking import Services
from api.limits import CallerLimits
from api.requests import BodyLimits

TARGET = Path(__file__).parent.parent / "openapi" / "api.json"


class _Nobody:
    """Stands where a service would; the description needs none."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def generate() -> str:
    """The OpenAPI document as committed."""
    nobody: Any = _Nobody()
    services = Services(
        clock=nobody,
        dispatcher=nobody,
        reader=nobody,
        limits=BodyLimits(size=1, time=1.0),
        callers=CallerLimits(rate=1.0, burst=1, waiting=1),
        reply_timeout=1.0,
        async_lifetime=1.0,
        new_id=uuid4,
        feed=nobody,
    )
    return json.dumps(build_application(services).openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document, or with ``--check`` exit with 1 if the committed one differs."""
    text = generate()
    if "--check" in sys.argv[1:]:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == text else 1)
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
