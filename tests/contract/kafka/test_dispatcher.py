"""The API's line to the scheduler on a real broker, and who is let in to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from adapters.kafka.admission import Admission
from adapters.kafka.commands import KafkaCommands
from adapters.kafka.dispatcher import KafkaDispatcher
from adapters.kafka.publisher import KafkaPublisher
from adapters.kafka.reader import PartitionReader
from models.command import Command, CommandKind
from models.errors import Overloaded, Unreachable
from models.exchange import Message
from models.identity import Caller
from models.instrument import SchedulingGroup
from models.outcome import Outcome, Status
from models.topic import COMMANDS, OUTCOMES, PARTITIONS
from tests.contract.kafka.exchange import closing, commands, publisher, receive

pytestmark = pytest.mark.asyncio


@pytest.fixture
def group(partition: int) -> SchedulingGroup:
    return SchedulingGroup(name=f"group {partition}", partition=partition)


@pytest_asyncio.fixture
async def dispatcher(broker: str) -> AsyncIterator[KafkaDispatcher]:
    """One that listens, with room for three commands."""
    found = KafkaDispatcher(
        bootstrap=broker, partitions=range(PARTITIONS), fetch_wait_ms=10, request_timeout_ms=1500,
        admission=Admission(limit=60.0, most=3), most_promised=2, now=lambda: datetime.now(UTC),
        resend_interval=0.3,
    )  # fmt: skip
    found.start()
    async with closing(found):
        async with asyncio.timeout(10):
            await found.ready.wait()
        yield found


def command() -> Command:
    """A command like any other."""
    now = datetime.now(UTC)
    return Command(
        id=uuid4(), kind=CommandKind.REMOVE, instrument=uuid4(), event_id=uuid4(),
        caller=Caller(subject="alice", username="alice"), issued_at=now,
        expires_at=now + timedelta(seconds=3),
    )  # fmt: skip


def answer(asked: Command, group: SchedulingGroup, *, body_hash: str = "") -> Message:
    """The outcome of a command, or one for another content under its id."""
    outcome = Outcome(
        command=asked.id, body_hash=body_hash or asked.body_hash, status=Status.REMOVED,
        decided_at=datetime.now(UTC),
    )  # fmt: skip
    return Message(
        topic=OUTCOMES, partition=group.partition, key=group.name, headers={},
        value=outcome.model_dump_json().encode(),
    )  # fmt: skip


async def take(log: KafkaCommands) -> Command:
    """The next command of the log."""
    [received] = await receive(log, 1)
    return Command.model_validate_json(received.value)


async def reply(out: KafkaPublisher, *messages: Message) -> None:
    """Publish answers."""
    await out.publish(messages)


async def test_everybody_who_waits_gets_the_answer(
    broker: str, dispatcher: KafkaDispatcher, group: SchedulingGroup
) -> None:
    asked = command()
    async with (
        closing(publisher(broker)) as out,
        closing(commands(broker, group.partition)) as log,
    ):
        waiting = [asyncio.create_task(dispatcher.ask(asked, group, 10)) for _ in range(2)]
        received = await receive(log, 2)
        assert {each.headers["ce_type"] for each in received} == {"nightplan.command.remove"}
        assert {each.headers["ce_id"] for each in received} == {str(asked.id)}
        assert Command.model_validate_json(received[0].value) == asked
        # Neither what cannot be read nor what was meant for another content is an answer.
        broken = answer(asked, group)
        await reply(
            out,
            Message(
                topic=OUTCOMES, partition=broken.partition, key="x", headers={}, value=b"\xff{"
            ),
            answer(asked, group, body_hash="of another content"),
            answer(asked, group),
            answer(asked, group),
        )
        outcomes = await asyncio.gather(*waiting)
        assert [outcome.command for outcome in outcomes] == [asked.id] * 2
        assert [outcome.body_hash for outcome in outcomes] == [asked.body_hash] * 2


async def test_no_answer_in_time(dispatcher: KafkaDispatcher, group: SchedulingGroup) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(Unreachable, match="scheduler"):
        await dispatcher.ask(command(), group, 0.5)
    assert 0.4 < loop.time() - started < 2.0


async def test_too_many_wait(
    broker: str, dispatcher: KafkaDispatcher, group: SchedulingGroup
) -> None:
    async with (
        closing(publisher(broker)) as out,
        closing(commands(broker, group.partition)) as log,
    ):
        asked = [command() for _ in range(3)]
        waiting = [asyncio.create_task(dispatcher.ask(each, group, 10)) for each in asked]
        await receive(log, 3)
        with pytest.raises(Overloaded) as raised:
            await dispatcher.ask(command(), group, 10)
        assert raised.value.retry_after >= 1
        await reply(out, *(answer(each, group) for each in asked))
        await asyncio.gather(*waiting)
        # There is room again.
        last = command()
        more = asyncio.create_task(dispatcher.ask(last, group, 10))
        assert (await take(log)).id == last.id
        await reply(out, answer(last, group))
        assert (await more).status is Status.REMOVED


async def test_nobody_to_ask(partition: int, group: SchedulingGroup) -> None:
    found = KafkaDispatcher(
        bootstrap="127.0.0.1:1", partitions=[partition], fetch_wait_ms=10, request_timeout_ms=500,
        admission=Admission(limit=1.0, most=3), most_promised=1, now=lambda: datetime.now(UTC),
    )  # fmt: skip
    found.start()
    async with closing(found):
        with pytest.raises(Unreachable, match="kafka"):
            await found.ask(command(), group, 1.0)
        assert not found.ready.is_set()


def let_in(admission: Admission, now: float) -> tuple[list[int], int]:
    """The tickets of all that are let in at a moment, and the pause told to the next."""
    tickets = []
    for _ in range(10_000):
        try:
            tickets.append(admission.enter(now))
        except Overloaded as refused:
            return tickets, refused.retry_after
    raise AssertionError


async def test_a_crowd_is_let_in_as_far_as_a_slow_machine_answers_it() -> None:
    admission = Admission(limit=1.5, most=10_000)
    tickets, pause = let_in(admission, 0.0)
    assert len(tickets) == pytest.approx(300, abs=2)
    assert pause == 2
    # A machine that is quick shows it, and lets in more.
    for ticket in tickets:
        admission.leave(ticket, 0.4, answered=True)
    assert len(let_in(admission, 0.5)[0]) == pytest.approx(450, abs=2)


async def test_one_after_another_is_always_let_in() -> None:
    admission = Admission(limit=1.5, most=10)
    for second in range(50):
        ticket = admission.enter(float(second))
        admission.leave(ticket, second + 0.9, answered=True)


async def test_where_nothing_is_answered_few_wait() -> None:
    admission = Admission(limit=1.5, most=1000)
    tickets = [admission.enter(0.0) for _ in range(4)]
    # For a second nobody can tell, then there is no hope.
    admission.enter(0.9)
    with pytest.raises(Overloaded) as raised:
        admission.enter(1.1)
    assert 1 <= raised.value.retry_after <= 5
    for ticket in tickets:
        admission.leave(ticket, 2.5, answered=False)
    # When those have given up, the next one finds out.
    admission.enter(2.5)


async def test_what_is_promised_is_sent_again_until_its_outcome_is_heard(
    dispatcher: KafkaDispatcher, broker: str, group: SchedulingGroup
) -> None:
    async with closing(commands(broker, group.partition)) as log, closing(publisher(broker)) as out:
        asked = command()
        await dispatcher.send(asked, group)
        for _ in range(3):
            assert await take(log) == asked
        # The answer to another content under the same id is none.
        await reply(out, answer(asked, group, body_hash="another"))
        assert await take(log) == asked
        await reply(out, answer(asked, group))
        await asyncio.sleep(0.5)
        while await log.receive():
            pass
        await asyncio.sleep(0.7)
        assert not await log.receive()


async def test_what_is_promised_is_given_up_when_its_time_is_over(
    dispatcher: KafkaDispatcher, broker: str, group: SchedulingGroup
) -> None:
    async with closing(commands(broker, group.partition)) as log:
        ends = datetime.now(UTC) + timedelta(seconds=0.5)
        await dispatcher.send(command().model_copy(update={"expires_at": ends}), group)
        await asyncio.sleep(1.0)
        while await log.receive():
            pass
        await asyncio.sleep(0.7)
        assert not await log.receive()


async def test_only_so_many_promises_are_made(
    dispatcher: KafkaDispatcher, group: SchedulingGroup
) -> None:
    for _ in range(2):
        await dispatcher.send(command(), group)
    with pytest.raises(Overloaded):
        await dispatcher.send(command(), group)


async def test_commands_of_every_api_are_known(
    dispatcher: KafkaDispatcher, broker: str, group: SchedulingGroup
) -> None:
    asked = command()
    message = Message(
        topic=COMMANDS, partition=group.partition, key=group.name,
        headers={"ce_id": str(asked.id)}, value=asked.model_dump_json().encode(),
    )  # fmt: skip
    junk = [
        Message(
            topic=COMMANDS, partition=group.partition, key=group.name, headers=headers, value=b"{"
        )
        for headers in ({}, {"ce_id": "x"}, {"ce_id": str(uuid4())})
    ]
    async with closing(publisher(broker)) as out:
        # The log is read from some moment on: until then, say it again.
        async with asyncio.timeout(10):
            while dispatcher.find_sent(asked.id) is None:
                await out.publish([*junk, message])
                await asyncio.sleep(0.2)
    assert dispatcher.find_sent(asked.id) == asked
    assert dispatcher.find_sent(UUID(junk[2].headers["ce_id"])) is None
    assert dispatcher.find_sent(uuid4()) is None


async def test_what_nobody_expected_is_told_and_ends_readiness(
    dispatcher: KafkaDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def surprise(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    await dispatcher.close()
    monkeypatch.setattr(PartitionReader, "open", surprise)
    dispatcher.start(on_failure=failed.set)
    async with asyncio.timeout(5):
        await failed.wait()
    assert not dispatcher.ready.is_set()
