"""The HTTP client: servers and keys that it refuses, and pauses that servers ask for."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from adapters.http.client import Answer, ApiClient, BadServer
from adapters.process.clock import SystemClock


@pytest.mark.parametrize(
    "server",
    [
        "",
        "localhost:8000",
        "ftp://x",
        "http://",
        "http://u:p@x",
        "http://x?y=1",
        "http://x:abc",
        "//x",
    ],
)
def test_a_server_that_is_none(server: str) -> None:
    with pytest.raises(BadServer):
        ApiClient(server, api_key="")


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "a\x00"])
def test_a_key_that_no_header_can_hold(key: str) -> None:
    with pytest.raises(BadServer, match="NIGHTPLAN_API_KEY"):
        ApiClient("http://127.0.0.1", api_key=key)


def test_a_path_before_the_api_is_kept() -> None:
    client = ApiClient("https://example.org/nightplan/", api_key="k")
    assert client.server == "https://example.org/nightplan"
    client.close()


def test_pauses() -> None:
    def pause(text: str) -> float | None:
        return Answer(status=503, headers={"retry-after": text}, document=None).retry_after

    assert pause("7") == 7.0
    soon = pause(format_datetime(SystemClock().now() + timedelta(seconds=60), usegmt=True))
    assert soon is not None
    assert 50 < soon <= 60
    assert pause("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert [pause(text) for text in ("", "soon", "-1", "٣")] == [None] * 4
