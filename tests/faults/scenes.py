"""Scenes: what a few clients do, and what happens meanwhile, to bring a certain bug to light.

On a sound system every scene ends well: each is played without a bug too.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from tests.faults.programs.control import DEADLY_AZIMUTH
from tests.faults.stage import REPLY_TIMEOUT, ArrangedService, Stage

OPERATOR, EXTERNAL = "demo-operator", "demo-external"
MOST_DEATHS = 7
"""More than a scheduler may die of one command."""


async def promise_and_crash(stage: Stage) -> None:
    """The scheduler dies with a promised command in its hands, and so does who promised it."""
    stage.crash_at("received")
    event = stage.event(0)
    reply = await stage.try_to_add(event, waits=False)
    assert reply.status == 202, reply
    await stage.scheduler.wait_for_death()
    [(api, _)] = stage.system.apis
    assert isinstance(api, ArrangedService)
    api.kill()
    stage.scheduler.start()
    api.start()
    await stage.ready()
    await stage.follow(UUID(event["id"]), 2.0)


async def ask_again(stage: Stage) -> None:
    """What was answered is asked again when the answer would be another one by now."""
    first, refused, other = stage.event(0), stage.event(30), stage.event(300)
    for event in (first, refused, other):
        await stage.add(event)
    for event in (first, other):
        await stage.remove(event)
    for event in (refused, other):
        await stage.add(event)


async def crash_before_commit(stage: Stage) -> None:
    """The scheduler dies before it commits, and comes back when nobody waits any more."""
    stage.crash_at("before-commit")
    event = stage.event(0)
    asking = asyncio.create_task(stage.try_to_add(event))
    await stage.scheduler.wait_for_death()
    await asyncio.sleep(REPLY_TIMEOUT)
    stage.scheduler.start()
    await stage.ready()
    if not (await asking).decided:
        await stage.add(event)


async def two_requests_with_one_id(stage: Stage) -> None:
    """Two different requests with one id wait at once."""
    event = stage.event(0)
    other = {**event, "attributes": {**event["attributes"], "zenith": "30.000"}}
    stage.halt()
    asking = [asyncio.create_task(stage.try_to_add(each)) for each in (event, other)]
    await asyncio.sleep(0.6)
    stage.go_on()
    for each, reply in zip((event, other), await asyncio.gather(*asking), strict=True):
        if not reply.decided:
            await stage.add(each)


async def other_content_later(stage: Stage) -> None:
    """A second request comes with the id of one that was answered."""
    event = stage.event(0)
    await stage.add(event)
    await stage.add({**event, "attributes": {**event["attributes"], "zenith": "30.000"}})


async def rivals(stage: Stage) -> None:
    """One event displaces another, a third is refused, and the first comes back."""
    weak, strong, late = stage.event(0), stage.event(30), stage.event(30)
    await stage.add(weak, by=EXTERNAL)
    await stage.read()
    await stage.add(strong, by=OPERATOR)
    await stage.read()
    await stage.add(late, by=EXTERNAL)
    await stage.read()
    await stage.remove(strong, by=OPERATOR)


async def crash_before_publish(stage: Stage) -> None:
    """The scheduler dies after it committed and before it tells anybody."""
    stage.crash_at("before-publish")
    event = stage.event(0)
    asking = asyncio.create_task(stage.try_to_add(event))
    await stage.scheduler.wait_for_death()
    stage.scheduler.start()
    await stage.ready()
    if not (await asking).decided:
        await stage.add(event)


async def silence(stage: Stage) -> None:
    """The scheduler hangs for longer than a command lives; it is asked again much later."""
    event = stage.event(0)
    stage.halt()
    reply = await stage.try_to_add(event)
    await asyncio.sleep(REPLY_TIMEOUT + 0.7)
    stage.go_on()
    await asyncio.sleep(1.5)
    if not reply.decided:
        await stage.add(event)


async def deadly_event(stage: Stage) -> None:
    """An event was promised that ends every scheduler which begins to decide it."""
    event = stage.event(0, azimuth=DEADLY_AZIMUTH)
    reply = await stage.try_to_add(event, waits=False)
    assert reply.status == 202, reply
    asking = asyncio.create_task(stage.follow(UUID(event["id"]), MOST_DEATHS * 5.0))
    deaths = 0
    while deaths < MOST_DEATHS and not asking.done():
        if stage.scheduler.dead:
            deaths += 1
            stage.scheduler.start()
        await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def remove_twice(stage: Stage) -> None:
    """A removal is repeated with its key."""
    event = stage.event(0)
    await stage.add(event)
    await stage.remove(event, key=f"key-{event['id']}")
    await stage.remove(event, key=f"key-{event['id']}")


async def read_after_writing(stage: Stage) -> None:
    """The schedule is read before and after an addition."""
    await stage.read()
    await stage.add(stage.event(0))
    await stage.read()


SCENES: dict[str, Any] = {
    "auto-commit": promise_and_crash,
    "no-dedupe": ask_again,
    "publish-before-commit": crash_before_commit,
    "reply-by-id": two_requests_with_one_id,
    "constraint-dropped": rivals,
    "displaced-unreported": rivals,
    "displaced-deleted": rivals,
    "outbox-cleared-first": crash_before_publish,
    "timeout-as-success": silence,
    "expiry-ignored": silence,
    "key-ignored": remove_twice,
    "stale-cache": read_after_writing,
    "never-given-up": deadly_event,
    "answer-of-another": other_content_later,
}
"""The scene that brings each bug to light."""

EXPECTED: dict[str, frozenset[str]] = {
    "auto-commit": frozenset({"accepted-is-decided"}),
    "no-dedupe": frozenset({"same-answer", "history-is-possible", "removed-is-final"}),
    "publish-before-commit": frozenset({"added-is-kept"}),
    "reply-by-id": frozenset({"other-content-conflicts"}),
    "constraint-dropped": frozenset({"no-overlap"}),
    "displaced-unreported": frozenset({"displacement-is-in-the-outcome", "changes-are-announced"}),
    "displaced-deleted": frozenset({"state-is-explained"}),
    "outbox-cleared-first": frozenset({"changes-are-announced"}),
    "timeout-as-success": frozenset({"added-is-kept"}),
    "expiry-ignored": frozenset({"nothing-after-its-life"}),
    "key-ignored": frozenset({"same-answer"}),
    "stale-cache": frozenset({"reads-go-forward"}),
    "never-given-up": frozenset({"accepted-is-decided", "nothing-is-left-over"}),
    "answer-of-another": frozenset({"other-content-conflicts"}),
}
"""The rules that must notice each; others may too."""
