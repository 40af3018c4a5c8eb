"""Makes the topics, and tells whether a broker answers.

Topics are made here and nowhere else, before any client uses them: a client
that comes first would get from some brokers a topic with another number of
partitions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from models.errors import NightplanError, Unreachable

_NO_ERROR = 0
_ALREADY_EXISTS = 36
_BROKER_DEFAULT = -1
_POLL = 0.05


class TopicMismatch(NightplanError):
    """A topic exists with another number of partitions than it must have.

    Parameters
    ----------
    topic
        Its name.
    expected, found
        Numbers of partitions.
    """

    def __init__(self, topic: str, expected: int, found: int) -> None:
        self.topic = topic
        self.expected = expected
        self.found = found
        super().__init__(f"topic {topic} has {found} partitions where {expected} are expected")


class TopicRefused(NightplanError):
    """The broker does not make a topic.

    Parameters
    ----------
    topic
        Its name.
    code
        Kafka's error code.
    detail
        What the broker said.
    """

    def __init__(self, topic: str, code: int, detail: str) -> None:
        self.topic = topic
        self.code = code
        self.detail = detail
        super().__init__(f"the broker does not make topic {topic}: {detail} (error {code})")


async def probe(bootstrap: str, timeout: float) -> None:  # noqa: ASYNC109 - covers all steps
    """Return when a broker has answered a request.

    Parameters
    ----------
    bootstrap
        Its address, `host:port`, or several, separated by commas.
    timeout
        Seconds it may take.

    Raises
    ------
    Unreachable
        It has not.
    """
    async with _admin(bootstrap, timeout) as admin:
        await admin.list_topics()


async def ensure_topics(
    bootstrap: str,
    topics: Mapping[str, int],
    timeout: float,  # noqa: ASYNC109 - covers all steps
    *,
    replication: int | None = 1,
    replace: bool = False,
) -> None:
    """Make the topics that are missing and check those that are there.

    Parameters
    ----------
    bootstrap
        A broker's address, `host:port`, or several, separated by commas.
    topics
        The names, each with its number of partitions.
    timeout
        Seconds it may take.
    replication
        Copies of each partition; None: what the broker does by default.
    replace
        Delete and make anew a topic with another number of partitions, **with all
        that is in it**. Only for a broker that keeps nothing and makes topics by
        itself for whoever asks first.

    Raises
    ------
    TopicMismatch
        A topic has another number of partitions.
    TopicRefused
        The broker does not make one.
    Unreachable
        The broker has not answered in time.
    """
    async with _admin(bootstrap, timeout) as admin:
        # Never ask about a topic that may be missing: some brokers then make it.
        await _create(admin, topics, replication)
        # aiokafka may swallow the one cancellation of a time-out: look at the clock too.
        end = asyncio.get_running_loop().time() + timeout
        while asyncio.get_running_loop().time() < end:
            wrong = await _mismatched(admin, topics)
            if not wrong:
                return
            name, found = next(iter(wrong.items()))
            if found and not replace:
                raise TopicMismatch(name, topics[name], found)
            if found:
                await admin.delete_topics(list(wrong))
            await asyncio.sleep(_POLL if not found else 0)
            await _create(admin, {name: topics[name] for name in wrong}, replication)
        raise TimeoutError


async def _create(
    admin: AIOKafkaAdminClient, topics: Mapping[str, int], replication: int | None
) -> None:
    new = [NewTopic(name, partitions, 1) for name, partitions in topics.items()]
    for topic in new:
        # The constructor refuses "broker default", which the protocol has.
        topic.replication_factor = _BROKER_DEFAULT if replication is None else replication
    answer = await admin.create_topics(new)
    for name, code, *detail in answer.topic_errors:
        if code not in (_NO_ERROR, _ALREADY_EXISTS):
            raise TopicRefused(name, code, str(detail[0]) if detail else "")


async def _mismatched(admin: AIOKafkaAdminClient, topics: Mapping[str, int]) -> dict[str, int]:
    """Return the topics that are not as they should be, with their numbers of partitions.

    A number of 0 stands for a topic that the broker is still making.
    """
    wrong = {}
    for seen in await admin.describe_topics(list(topics)):
        name, partitions = seen["topic"], seen["partitions"]
        leaders = all(partition["error_code"] == _NO_ERROR for partition in partitions)
        if seen["error_code"] != _NO_ERROR or (not leaders and len(partitions) == topics[name]):
            wrong[name] = 0
        elif len(partitions) != topics[name]:
            wrong[name] = len(partitions)
    return wrong


@contextlib.asynccontextmanager
async def _admin(bootstrap: str, seconds: float) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect within a time limit that also covers what is done with the connection."""
    try:
        async with asyncio.timeout(seconds):
            await _one_listens(bootstrap)
            admin = AIOKafkaAdminClient(
                bootstrap_servers=bootstrap,
                client_id="nightplan-topics",
                request_timeout_ms=max(100, int(seconds * 1000)),
            )
            try:
                await admin.start()
                yield admin
            finally:
                await admin.close()
    except TimeoutError as error:
        raise Unreachable("broker", f"{bootstrap} has not answered in {seconds} s") from error
    except (KafkaError, OSError) as error:
        raise Unreachable("broker", f"{bootstrap}: {error or type(error).__name__}") from error


async def _one_listens(bootstrap: str) -> None:
    """Fail early and quietly while nobody listens; aiokafka writes a log line each time."""
    trouble: OSError = OSError("no address given")
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            trouble = error
            continue
        writer.close()
        return
    raise trouble
