"""Who is asking: behind a gateway that proves itself, and with the local one in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.asking import Asker, Json, expect, static
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.sockets import exchange
from tests.end_to_end.system import PREVIOUS_PROOF, PROOF, System
from tests.end_to_end.witness import Witness

Headers = Sequence[tuple[str, str]]

ALICE = ("X-Consumer-ID", "5f0c6f3e-aaaa-4000-8000-00000000a11c")
OWNERS = ("X-Consumer-Groups", "owner")
PROVEN = ("X-Gateway-Proof", PROOF)
JSON = ("Content-Type", "application/json")
URLS = (
    "/v1/instrument", "/v1/instrument/x", "/", "/openapi.json", "/v1/none", "//", "/health",
    "/health/none", "/Health/live", "/internal/instruments", "/metrics",
)  # fmt: skip


@pytest.fixture(scope="module")
def bare(system: System, witness: Witness) -> Iterator[Asker]:
    """An API that believes the proof of a gateway."""
    url = system.add_api(gateway=False)
    system.wait_until_ready()
    asker = Asker(url, witness)
    yield asker
    asker.close()
    system.remove_api(url)


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all."""
    return nights.take()


@pytest.fixture(scope="module")
def starts() -> Iterator[int]:
    """Starts, in seconds after dusk."""
    return iter(range(600, 40_000, 10))


def get(asker: Asker, headers: Headers, path: str = "/v1/instrument") -> httpx.Response:
    """Read something with these headers."""
    return asker.client.get(path, headers=list(headers))


def post(asker: Asker, night: Night, event: Json, headers: Headers) -> httpx.Response:
    """Submit an event with these headers."""
    body = json.dumps({"data": event}).encode()
    return asker.client.post(night.events, content=body, headers=[JSON, *headers])


def refused(response: httpx.Response) -> None:
    """Nobody vouches for the caller."""
    expect(response, 401, ("unauthenticated", None))
    assert response.headers["WWW-Authenticate"].startswith("Key")


@pytest.mark.parametrize("proof", [PROOF, PREVIOUS_PROOF])
def test_both_proofs_are_valid(bare: Asker, proof: str) -> None:
    assert get(bare, [("X-Gateway-Proof", proof), ALICE]).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [], [ALICE, OWNERS], [("X-API-Key", "demo-operator")],
        [ALICE, OWNERS, ("X-API-Key", "demo-operator")],
        [("X-Gateway-Proof", ""), ALICE], [("X-Gateway-Proof", "x"), ALICE],
        [("X-Gateway-Proof", PROOF[:-1]), ALICE], [("X-Gateway-Proof", PROOF + "x"), ALICE],
        [("X-Gateway-Proof", PROOF.upper()), ALICE], [("X-Gateway-Proof", PROOF * 100), ALICE],
        [("X-Gateway-Proof", f"{PROOF}, {PROOF}"), ALICE], [("X-Gateway_Proof", PROOF), ALICE],
        [PROVEN, PROVEN, ALICE], [PROVEN, ("X-Gateway-Proof", "x"), ALICE],
        [("X-Gateway-Proof", "x"), PROVEN, ALICE], [PROVEN],
        [PROVEN, ("X-Gateway-Proof", PREVIOUS_PROOF), ALICE],
        [PROVEN, ("X-Consumer-ID", "")], [PROVEN, ("X-Consumer-Username", "alice"), OWNERS],
        [PROVEN, ALICE, ALICE], [PROVEN, ALICE, ("X-Consumer-ID", "bob")],
        [PROVEN, ALICE, OWNERS, ("X-Consumer-Groups", "operator")],
        [PROVEN, ALICE, ("X-Consumer-Username", "a"), ("X-Consumer-Username", "b")],
        [PROVEN, ALICE, ("X-Anonymous-Consumer", "true")],
        [PROVEN, ALICE, ("X-Anonymous-Consumer", "false")],
        [PROVEN, ALICE, ("X-Anonymous-Consumer", "")],
        [PROVEN, ("X-Consumer-ID", "a" * 201)], [PROVEN, ALICE, ("X-Consumer-Username", "a" * 201)],
        [PROVEN, ("X-Consumer-ID", "a\tb")], [PROVEN, ALICE, ("X-Consumer-Groups", "a" * 4001)],
    ],
    ids=lambda headers: " ".join(f"{name[2:]}={value[:12]}" for name, value in headers) or "none",
)  # fmt: skip
def test_401(bare: Asker, night: Night, headers: Headers) -> None:
    refused(get(bare, headers))
    event = static(night, 0, 1)
    refused(post(bare, night, event, headers))
    expect(
        get(bare, [PROVEN, ALICE], f"{night.events}/{event['id']}"), 404, ("unknown-event", None)
    )


def test_bytes_that_are_no_text(bare: Asker) -> None:
    for name, value in (
        (b"X-Gateway-Proof", b"\xff" * 20),
        (b"X-Gateway-Proof", PROOF.encode() + b"\xff"),
        (b"X-Consumer-ID", b"\xff"),
        (b"X-Consumer-ID", "é".encode("latin-1")),
    ):
        headers: list[tuple[bytes, bytes]] = [(name, value)]
        if name != b"X-Gateway-Proof":
            headers.append((b"X-Gateway-Proof", PROOF.encode()))
        refused(bare.client.get("/v1/instrument", headers=headers))


@pytest.mark.parametrize("path", URLS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "TRACE"])
def test_nothing_but_health_answers_strangers(
    ask: Asker, bare: Asker, method: str, path: str
) -> None:
    for asker in (ask, bare):
        if path.startswith("/health/"):
            continue
        target = f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        answer = exchange(asker.url, target)
        assert answer is not None
        assert answer.status == 401
        assert json.loads(answer.body)["errors"][0]["code"] == "unauthenticated"


def test_health_needs_nobody(ask: Asker, bare: Asker) -> None:
    for asker in (ask, bare):
        live = httpx.get(f"{asker.url}/health/live", trust_env=False)
        assert (live.status_code, live.json()) == (200, {"status": "live"})
        ready = httpx.get(f"{asker.url}/health/ready", trust_env=False)
        assert ready.status_code == 200
        assert ready.json()["parts"] == {"kafka": True, "sidecar": True}


def test_the_description_is_served(ask: Asker) -> None:
    response = ask.get("/openapi.json")
    assert response.status_code == 200
    assert response.json() == ask.client.event_hooks["response"][0].description  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("groups", "may"),
    [
        ("operator", True), ("owner", True), ("partner", True), ("external", True),
        ("viewer", False), ("", False), ("nobody", False), ("Operator", False), ("owner;x", False),
        ("viewer, external", True), ("external,viewer", True), ("a, owner ,b", True),
        ("operators", False), (",,", False), ("viewer,viewer", False), (None, False),
    ],
    ids=repr,
)  # fmt: skip
def test_groups(
    bare: Asker, night: Night, starts: Iterator[int], groups: str | None, may: bool
) -> None:
    headers = [PROVEN, ALICE] + ([] if groups is None else [("X-Consumer-Groups", groups)])
    assert get(bare, headers).status_code == 200
    event = static(night, next(starts), 1)
    response = post(bare, night, event, headers)
    if may:
        assert response.status_code == 200
    else:
        expect(response, 403, ("not-allowed", None))
        path = f"{night.events}/{event['id']}"
        expect(bare.client.delete(path, headers=headers), 403, ("not-allowed", None))


def test_the_best_of_several_groups_counts(
    bare: Asker, night: Night, starts: Iterator[int]
) -> None:
    start = next(starts)
    first, second = static(night, start, 5), static(night, start, 5)
    assert post(bare, night, first, [PROVEN, ALICE, OWNERS]).status_code == 200
    several = ("X-Consumer-Groups", "external, operator, viewer")
    response = post(bare, night, second, [PROVEN, ALICE, several])
    assert response.json()["meta"]["displaced"] == [first["id"]]


def test_the_subject_is_the_consumer_id(bare: Asker, night: Night, starts: Iterator[int]) -> None:
    event = static(night, next(starts), 5)
    name = ("X-Consumer-Username", "alice")
    assert post(bare, night, event, [PROVEN, ALICE, OWNERS, name]).status_code == 200
    path = f"{night.events}/{event['id']}"
    bob = [PROVEN, ("X-Consumer-ID", str(uuid4())), OWNERS, name]
    expect(bare.client.delete(path, headers=bob), 403, ("not-allowed", None))
    renamed = [PROVEN, ALICE, ("X-Consumer-Groups", "external"), ("X-Consumer-Username", "eve")]
    assert bare.client.delete(path, headers=renamed).status_code == 200


def test_the_same_request_after_a_change_of_group(
    bare: Asker, night: Night, starts: Iterator[int]
) -> None:
    event = static(night, next(starts), 5)
    first = post(bare, night, event, [PROVEN, ALICE, OWNERS])
    again = post(bare, night, event, [PROVEN, ALICE, ("X-Consumer-Groups", "operator")])
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()


@pytest.mark.parametrize(
    "headers",
    [
        [], [("X-API-Key", "")], [("X-API-Key", "demo")], [("X-API-Key", "demo-owner ,")],
        [("X-API-Key", "DEMO-OWNER")], [("X-API-Key", "demo-owner"), ("X-API-Key", "demo-owner")],
        [("X-API-Key", "demo-owner"), ("X-API-Key", "demo-operator")],
        [("apikey", "demo-owner")], [("Authorization", "Key demo-owner")], [PROVEN, ALICE, OWNERS],
        [("X-API-Key", "wrong"), PROVEN, ALICE, OWNERS],
    ],
    ids=repr,
)  # fmt: skip
def test_401_of_the_local_gateway(ask: Asker, headers: Headers) -> None:
    refused(get(ask, headers))
    refused(get(ask, headers, "/v1/instrument?apikey=demo-owner&X-API-Key=demo-owner"))


def test_what_a_client_says_of_itself_is_ignored(ask: Asker, night: Night) -> None:
    key = ("X-API-Key", "demo-viewer")
    forged = [
        ("X-Consumer-Groups", "operator"), ("X-Consumer-ID", "root"), ("X-Gateway-Proof", "wrong"),
        ("X-Consumer-Username", "root"), ("x-consumer-groups", "owner"),
        ("X-Credential-Identifier", "x"), ("X-Anonymous-Consumer", "true"),
    ]  # fmt: skip
    assert get(ask, [key, *forged]).status_code == 200
    expect(post(ask, night, static(night, 0, 1), [key, *forged]), 403, ("not-allowed", None))
