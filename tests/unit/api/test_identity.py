"""Identity: only what the gateway vouches for is believed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.identity import identify
from api.problems import Problem
from models.identity import Caller, Group

PROOFS = ("the first of two secrets", "the second one of them")
PROVEN = (b"x-gateway-proof", PROOFS[0].encode())
ALICE = (b"x-consumer-id", b"alice-id")


def groups_of(text: bytes) -> frozenset[Group]:
    """The groups read from the header."""
    return identify([PROVEN, ALICE, (b"x-consumer-groups", text)], PROOFS).groups


def test_who_is_asking() -> None:
    headers = [PROVEN, ALICE, (b"x-consumer-username", b"alice"), (b"x-consumer-groups", b"owner")]
    assert identify(headers, PROOFS) == Caller(
        subject="alice-id", username="alice", groups=frozenset({Group.OWNER})
    )
    assert identify([PROVEN, ALICE], PROOFS).username == "alice-id"


def test_names_of_headers_are_not_case_sensitive() -> None:
    headers = [(b"X-Gateway-Proof", PROOFS[1].encode()), (b"X-CONSUMER-ID", b"alice-id")]
    assert identify(headers, PROOFS).subject == "alice-id"
    with pytest.raises(Problem):
        identify([*headers, (b"x-consumer-id", b"alice-id")], PROOFS)


def test_groups() -> None:
    assert groups_of(b"owner") == {Group.OWNER}
    assert groups_of(b" operator ,external,,nobody") == {Group.OPERATOR, Group.EXTERNAL}
    assert groups_of(b"") == frozenset()
    assert groups_of(b"OWNER,own er,owners") == frozenset()


@pytest.mark.parametrize(
    ("proofs", "given_proof"),
    [
        (PROOFS, b""), (PROOFS, b"the first"), (PROOFS, PROOFS[0].encode() + b" "),
        (("", ""), b""), (("",), b""), ((), b""), ((), b"x"), (("a secret", ""), b""),
    ],
)  # fmt: skip
def test_a_wrong_proof(proofs: tuple[str, ...], given_proof: bytes) -> None:
    with pytest.raises(Problem) as raised:
        identify([(b"x-gateway-proof", given_proof), ALICE], proofs)
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "more",
    [
        [], [PROVEN, ALICE], [ALICE, ALICE], [ALICE, (b"x-anonymous-consumer", b"")],
        [(b"x-consumer-id", b" ")], [(b"x-consumer-id", b"\xff")], [(b"x-consumer-id", b"a\x00")],
        [ALICE, (b"x-consumer-groups", b"owner"), (b"x-consumer-groups", b"owner")],
        [ALICE, (b"x-consumer-username", "\u202e".encode())],
    ],
    ids=repr,
)  # fmt: skip
def test_nobody(more: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Problem) as raised:
        identify([PROVEN, *more], PROOFS)
    assert raised.value.status == 401
    assert raised.value.headers["WWW-Authenticate"].startswith("Key")


names = st.sampled_from(
    [
        b"x-gateway-proof", b"x-consumer-id", b"x-consumer-username", b"x-consumer-groups",
        b"x-anonymous-consumer", b"x-api-key", b"\xff",
    ]
)  # fmt: skip
contents = st.binary(max_size=40) | st.sampled_from(
    [PROOFS[0].encode(), PROOFS[1].encode(), b"owner, operator", b"alice"]
)


@settings(deadline=None)
@given(st.lists(st.tuples(names, contents), max_size=6))
def test_any_headers(headers: list[tuple[bytes, bytes]]) -> None:
    """Without exactly one valid proof and one consumer nobody is let in."""
    proofs = [value for name, value in headers if name == b"x-gateway-proof"]
    consumers = [value for name, value in headers if name == b"x-consumer-id"]
    try:
        caller = identify(headers, PROOFS)
    except Problem:
        return
    assert proofs in ([PROOFS[0].encode()], [PROOFS[1].encode()])
    assert len(consumers) == 1
    assert caller.subject == consumers[0].decode().strip()
    assert b"x-anonymous-consumer" not in {name for name, _ in headers}
