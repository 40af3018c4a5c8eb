"""Identity: who is asking, as the gateway vouches for it by a shared secret."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from api.problems import Problem, problem
from models.identity import Caller, Group

PROOF = "x-gateway-proof"
CONSUMER = "x-consumer-id"
USERNAME = "x-consumer-username"
GROUPS = "x-consumer-groups"
ANONYMOUS = "x-anonymous-consumer"
IDENTITY_HEADERS = (PROOF, CONSUMER, USERNAME, GROUPS, ANONYMOUS)
MOST_CHARACTERS = 200
"""Longest consumer id and username."""


def identify(headers: Sequence[tuple[bytes, bytes]], proofs: Sequence[str]) -> Caller:
    """Find out who is asking.

    Parameters
    ----------
    headers
        All request headers as received, names in lower case.
    proofs
        The secrets that are valid at present.

    Returns
    -------
    Caller
        Whom the gateway has authenticated.

    Raises
    ------
    Problem
        401: the gateway's proof is missing or wrong, no consumer is named, the
        consumer is anonymous, or a header of these came more than once.
    """
    values: dict[str, list[bytes]] = {name: [] for name in IDENTITY_HEADERS}
    for raw, value in headers:
        key = raw.decode("latin-1").lower()
        if key in values:
            values[key].append(value)
    # Compare before anything else is said, with every secret, in constant time.
    given = values[PROOF][0] if len(values[PROOF]) == 1 else b""
    proven = [hmac.compare_digest(given, proof.encode()) for proof in proofs if proof]
    if not any(proven):
        raise unauthenticated("expected a request that comes through the gateway")
    for name, some in values.items():
        if len(some) > 1:
            raise unauthenticated(f"expected the header {name} once, got it {len(some)} times")
    if values[ANONYMOUS]:
        raise unauthenticated("expected an authenticated consumer, got an anonymous one")
    subject = _text(values[CONSUMER], CONSUMER)
    if not subject:
        raise unauthenticated(f"expected the header {CONSUMER}")
    groups = _text(values[GROUPS], GROUPS, limit=4000)
    known = {group.value: group for group in Group}
    return Caller(
        subject=subject,
        username=_text(values[USERNAME], USERNAME) or subject,
        groups=frozenset(
            known[entry] for part in groups.split(",") if (entry := part.strip()) in known
        ),
    )


def unauthenticated(detail: str) -> Problem:
    """401: nobody vouches for the caller."""
    return problem(
        401,
        "unauthenticated",
        detail,
        headers={"WWW-Authenticate": 'Key realm="nightplan"'},
    )


def _text(values: Sequence[bytes], name: str, limit: int = MOST_CHARACTERS) -> str:
    if not values:
        return ""
    try:
        text = values[0].decode("utf-8").strip()
    except UnicodeDecodeError:
        raise unauthenticated(f"expected UTF-8 in the header {name}") from None
    if len(text) > limit or not all(character.isprintable() for character in text):
        raise unauthenticated(f"expected at most {limit} printable characters in the header {name}")
    return text
