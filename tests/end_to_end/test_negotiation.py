"""Media types as JSON:API 1.1 has them: 406, 415, parameters, extensions, profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.end_to_end.asking import Asker, expect, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.witness import MEDIA_TYPE


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all."""
    return nights.take()


@pytest.fixture(scope="module")
def starts() -> Iterator[int]:
    """Starts, in seconds after dusk."""
    return iter(range(600, 30_000, 10))


def post_as(ask: Asker, night: Night, start: int, *media_types: str) -> httpx.Response:
    """Submit a good event under these Content-Types."""
    body = json.dumps({"data": static(night, start, 10)}).encode()
    headers = [("X-API-Key", "demo-owner"), *(("Content-Type", value) for value in media_types)]
    return ask.client.post(night.events, content=body, headers=headers)


@pytest.mark.parametrize(
    "media_type",
    [
        MEDIA_TYPE, "application/json", "Application/VND.API+JSON",
        f'{MEDIA_TYPE}; profile="https://example.com/a https://example.com/b"',
        f'{MEDIA_TYPE};PROFILE="a;b,c"', f'{MEDIA_TYPE}; ext=""', f"{MEDIA_TYPE};",
        'application/json; profile="a"',
    ],
)  # fmt: skip
def test_taken(ask: Asker, night: Night, starts: Iterator[int], media_type: str) -> None:
    assert post_as(ask, night, next(starts), media_type).status_code == 200


@pytest.mark.parametrize(
    "media_types",
    [
        (), ("",), ("text/plain",), ("application/xml",), ("application/x-www-form-urlencoded",),
        ("multipart/form-data; boundary=x",), ("*/*",), ("application/*",), ("json",),
        (f"{MEDIA_TYPE}; charset=utf-8",), (f"{MEDIA_TYPE}; version=1.1",),
        (f'{MEDIA_TYPE}; profile="a"; charset=utf-8',),
        (f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"',), (f"{MEDIA_TYPE}; ext=version",),
        (f"{MEDIA_TYPE}, application/json",), (MEDIA_TYPE, MEDIA_TYPE), (MEDIA_TYPE, "text/plain"),
        (f"{MEDIA_TYPE}x",), ("application/vnd.api",), ("application/merge-patch+json",),
    ],
    ids=repr,
)  # fmt: skip
def test_415(ask: Asker, night: Night, media_types: tuple[str, ...]) -> None:
    response = post_as(ask, night, 0, *media_types)
    [error] = expect(response, 415, ("unsupported-media-type", None))
    assert error["source"] == {"header": "Content-Type"}
    response = ask.client.request(
        "DELETE",
        night.events,
        content=b"{}",
        headers=[("X-API-Key", "demo-owner"), *(("Content-Type", each) for each in media_types)],
    )
    expect(response, 415, ("unsupported-media-type", None))


def get_as(ask: Asker, *accepted: str) -> httpx.Response:
    """Read the instruments with these Accept headers and no other."""
    headers = [("X-API-Key", "demo-viewer"), *(("Accept", value) for value in accepted)]
    request = ask.client.build_request("GET", "/v1/instrument", headers=headers)
    if not accepted:
        del request.headers["Accept"]
    return ask.client.send(request)


@pytest.mark.parametrize(
    "accepted",
    [
        (), ("",), ("*/*",), ("application/*",), ("application/json",), (MEDIA_TYPE,),
        ("text/html",), (MEDIA_TYPE.upper(),), (f'{MEDIA_TYPE}; profile="https://a.example"',),
        (f"{MEDIA_TYPE}; q=0.5",), (f"{MEDIA_TYPE}; charset=utf-8, {MEDIA_TYPE}",),
        (f"{MEDIA_TYPE}; charset=utf-8", MEDIA_TYPE), (f'text/html, {MEDIA_TYPE};profile="a,b"',),
        (f'{MEDIA_TYPE}; ext=""',), (",,;;",),
    ],
    ids=repr,
)  # fmt: skip
def test_given(ask: Asker, accepted: tuple[str, ...]) -> None:
    response = get_as(ask, *accepted)
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPE
    assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize(
    "accepted",
    [
        (f"{MEDIA_TYPE}; charset=utf-8",), (f"{MEDIA_TYPE}; version=1.0, text/html",),
        (f"{MEDIA_TYPE}; charset=utf-8, {MEDIA_TYPE}; indent=4",),
        (f"{MEDIA_TYPE}; charset=utf-8", f"{MEDIA_TYPE}; charset=latin-1"),
        (f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"',),
        (f'{MEDIA_TYPE}; profile="a"; charset=utf-8',),
    ],
    ids=repr,
)  # fmt: skip
def test_406(ask: Asker, accepted: tuple[str, ...]) -> None:
    [error] = expect(get_as(ask, *accepted), 406, ("not-acceptable", None))
    assert error["source"] == {"header": "Accept"}


def test_406_before_anything_is_done(ask: Asker, night: Night) -> None:
    event = static(night, 5, 1)
    headers = {"Accept": f"{MEDIA_TYPE}; charset=utf-8", "Content-Type": MEDIA_TYPE}
    response = ask.request(
        "POST", night.events, by="demo-owner", headers=headers, json={"data": event}
    )
    expect(response, 406, ("not-acceptable", None))
    expect(ask.get(f"{night.events}/{event['id']}"), 404, ("unknown-event", None))
