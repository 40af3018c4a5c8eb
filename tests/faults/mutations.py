"""Mutations: bugs that can be planted into a service, to prove that the checker notices them.

A service under faults calls :func:`apply` before it starts, with the name it finds in
``FAULTS_MUTATION``. Where the database itself would refuse what the bug does,
:func:`prepare` first takes away that protection.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import asyncpg

from tests.faults.programs.control import PART


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A planted bug.

    Parameters
    ----------
    story
        What was done wrong, in one sentence.
    plants
        What to call in which service; functions of the modules beside this one.
    schema
        Statements that take away what the database would refuse.
    """

    story: str
    plants: Mapping[str, str]
    schema: tuple[str, ...] = ()


_IN_SCHEDULER = "tests.faults.mutations_of_scheduler"
_IN_API = "tests.faults.mutations_of_api"


def _scheduler(function: str) -> dict[str, str]:
    return {"scheduler": f"{_IN_SCHEDULER}:{function}"}


def _api(function: str) -> dict[str, str]:
    return {"api": f"{_IN_API}:{function}"}


MUTATIONS: Mapping[str, Mutation] = {
    "auto-commit": Mutation(
        story="The bookmark is moved when commands are received, before they are decided.",
        plants=_scheduler("move_bookmark_early"),
    ),
    "no-dedupe": Mutation(
        story="A command that has its outcome is decided again when it comes again.",
        plants=_scheduler("decide_again"),
        schema=("DROP TRIGGER command_decided_once ON command",),
    ),
    "publish-before-commit": Mutation(
        story="Outcomes are published before the transaction that stores them is committed.",
        plants=_scheduler("publish_early"),
    ),
    "reply-by-id": Mutation(
        story="An outcome is handed to whoever waits for its id, whatever was asked.",
        plants=_api("match_on_id_alone"),
    ),
    "constraint-dropped": Mutation(
        story="Events that were refused are put into the plan all the same; nothing verifies it.",
        plants=_scheduler("let_overlap") | {"sidecar": "tests.faults.mutations_of_api:serve_all"},
        schema=("ALTER TABLE block DROP CONSTRAINT block_no_overlap",),
    ),
    "displaced-unreported": Mutation(
        story="Who displaces an event is not told so, and nobody else is.",
        plants=_scheduler("keep_displacements_secret"),
    ),
    "displaced-deleted": Mutation(
        story="An event that loses its place is deleted instead of waiting for room.",
        plants=_scheduler("delete_displaced"),
    ),
    "outbox-cleared-first": Mutation(
        story="Messages are taken out of the outbox before they are published.",
        plants=_scheduler("clear_outbox_first"),
    ),
    "timeout-as-success": Mutation(
        story="A request whose outcome did not come in time is answered as if it had been added.",
        plants=_api("answer_success_on_timeout"),
    ),
    "expiry-ignored": Mutation(
        story="A command is carried out although nobody waits for it any more.",
        plants=_scheduler("never_expire"),
    ),
    "key-ignored": Mutation(
        story="The Idempotency-Key is not looked at.",
        plants=_api("ignore_keys"),
    ),
    "stale-cache": Mutation(
        story="A schedule that is in the cache is served without asking whether it is the newest.",
        plants=_api("trust_the_cache"),
    ),
    "never-given-up": Mutation(
        story="A command that ends the scheduler each time is tried again for ever.",
        plants=_scheduler("try_for_ever"),
    ),
    "answer-of-another": Mutation(
        story="Another request under a known id gets the first one's answer.",
        plants=_scheduler("answer_whatever_was_asked"),
    ),
}

NAMES = tuple(MUTATIONS)


def apply(name: str) -> None:
    """Plant a bug into this process, if it belongs there.

    Parameters
    ----------
    name
        One of :data:`NAMES`. ``FAULTS_PART`` says which part this process is.
    """
    service = os.environ[PART].partition("-")[0]
    planted = MUTATIONS[name].plants.get(service)
    if planted is not None:
        module, _, function = planted.partition(":")
        plant: Callable[[], None] = getattr(importlib.import_module(module), function)
        plant()


async def prepare(name: str, database_url: str) -> None:
    """Take away what the database would refuse.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    database_url
        Of a migrated database, as its owner.
    """
    statements = MUTATIONS[name].schema
    if not statements:
        return
    connection = await asyncpg.connect(plain_url(database_url), timeout=5, command_timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close(timeout=5)


def plain_url(database_url: str) -> str:
    """The URL without SQLAlchemy's name of the driver."""
    return database_url.replace("postgresql+asyncpg:", "postgresql:")
