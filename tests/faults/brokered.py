"""Faults of the broker: topics made anew, messages that are no commands."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from adapters.kafka.publisher import KafkaPublisher
from models.errors import NightplanError
from models.exchange import Message
from models.topic import COMMANDS, TOPICS
from tests.faults.nights import CampaignNight, present
from tests.faults.system import System


async def remake_topics(system: System) -> bool:
    """Delete all topics and make them anew."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.bootstrap, request_timeout_ms=4000)
    try:
        await admin.start()
        await admin.delete_topics(list(TOPICS))
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    try:
        await system.make_topics()
    except (NightplanError, OSError):
        return True
    return True


def poisons(dice: random.Random, night: CampaignNight) -> dict[str, bytes]:
    """Messages that no scheduler should stumble over, by what they are; none can be accepted."""
    event = _event(dice, night)
    far = [{"start": "9999-12-31T20:00:00Z", "end": "9999-12-31T23:59:59Z", "preference": 0}]
    return {
        "bytes": dice.randbytes(200),
        "nothing": b"",
        "no command": _json({"id": "none", "kind": "add"}),
        "deep": b"[" * 100_000,
        "huge duration": _json(_addition({**event, "duration_ms": 10**30})),
        "infinite duration": _json(_addition(event)).replace(b"60000", b"1e999"),
        "far date": _json(_addition({**event, "windows": far})),
        "unknown instrument": _json(_addition({**event, "instrument": str(UUID(int=7))})),
        "no text": _json(_removal(dice, night, "\x00")),
        "half a character": _json(_removal(dice, night, "odd")).replace(b"odd", b"\\ud800"),
        "no text in a name": _json({**_removal(dice, night, "odd"), "request_id": "a\x00b"}),
        "beyond all years": _json(
            {**_removal(dice, night, "odd"), "expires_at": "9999-12-31T23:59:59-23:00"}
        ),
        "as long as can be": b"x" * 1_048_000,
        "huge value": _json(_removal(dice, night, "x" * 400_000)),
    }


async def send_poison(system: System, night: CampaignNight, value: bytes) -> bool:
    """Put a message into the log of commands."""
    group = night.instrument.group
    publisher = KafkaPublisher(bootstrap=system.bootstrap, request_timeout_ms=2000)
    try:
        await publisher.publish(
            [
                Message(
                    topic=COMMANDS,
                    partition=group.partition,
                    key=group.name,
                    headers={},
                    value=value,
                )
            ]
        )
    except NightplanError:
        return False
    finally:
        await publisher.close()
    return True


def _event(dice: random.Random, night: CampaignNight) -> dict[str, Any]:
    """An event of a minute that begins before dusk, where nothing can be."""
    start = night.dusk - timedelta(hours=1)
    window = {"start": start.isoformat(), "end": (start + timedelta(minutes=1)).isoformat()}
    return {
        "id": _new_id(dice),
        "instrument": str(night.instrument.id),
        "type": next(iter(night.instrument.event_types)),
        "duration_ms": 60000,
        "windows": [{**window, "preference": 0}],
        "attributes": {},
        "priority": 1,
    }


def _addition(event: dict[str, Any]) -> dict[str, Any]:
    named = {"id": event["id"], "kind": "add", "instrument": event["instrument"], "event": event}
    return {**named, **_asked("odd")}


def _removal(dice: random.Random, night: CampaignNight, subject: str) -> dict[str, Any]:
    """A removal of an event that nobody knows."""
    named = {
        "id": _new_id(dice),
        "kind": "remove",
        "instrument": str(night.instrument.id),
        "event_id": _new_id(dice),
    }
    return {**named, **_asked(subject)}


def _asked(subject: str) -> dict[str, Any]:
    now = present()
    return {
        "caller": {"subject": subject, "username": "odd", "groups": ["external"]},
        "issued_at": now.isoformat(),
        "expires_at": (now + timedelta(seconds=20)).isoformat(),
    }


def _new_id(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
