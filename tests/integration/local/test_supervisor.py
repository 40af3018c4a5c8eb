"""The supervisor, on small processes."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from adapters.local import logfile
from adapters.local.errors import PartFailed, ProgramMissing
from adapters.local.layout import Layout, at
from adapters.local.part import PLAIN_ENVIRONMENT, Part
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from tests.integration.local.watching import processes_of, until_async

SERVICE = Path(__file__).parent / "programs" / "service.py"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = at(tmp_path / "night")
    layout.prepare()
    return layout


def part(layout: Layout, name: str, *manners: str, after: tuple[str, ...] = ()) -> Part:
    """A service that is ready when it answers."""
    [port] = free_ports(1)
    starts = layout.root / "starts"

    async def ready() -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    return Part(
        name=name,
        argv=(sys.executable, str(SERVICE), name, str(starts), str(port), *manners),
        env=PLAIN_ENVIRONMENT,
        cwd=layout.root,
        log=layout.log(name),
        after=after,
        ready=ready,
        grace=0.3,
    )


def script(layout: Layout, name: str, code: str, *, once: bool = False) -> Part:
    return Part(
        name=name,
        argv=(sys.executable, "-c", code, str(layout.root)),
        env=PLAIN_ENVIRONMENT,
        cwd=layout.root,
        log=layout.log(name),
        once=once,
    )


@pytest.mark.asyncio
async def test_parts_start_after_those_they_need_and_stop_before_them(layout: Layout) -> None:
    said: list[str] = []
    parts = [
        part(layout, "top", after=("left", "right")),
        part(layout, "left", after=("bottom",)),
        part(layout, "right", after=("bottom",)),
        part(layout, "bottom"),
    ]
    async with running(Supervisor(layout, parts, said.append)):
        starts = (layout.root / "starts").read_text().split()
    assert starts[0] == "bottom"
    assert set(starts[1:3]) == {"left", "right"}
    assert starts[3] == "top"
    assert [line.partition(":")[0] for line in said][0::3] == ["bottom", "top"]
    assert not processes_of(layout.root)
    assert not layout.record.exists()


@pytest.mark.asyncio
async def test_a_part_stops_before_those_it_uses_and_starts_beside_them(layout: Layout) -> None:
    user = replace(part(layout, "user"), uses=("used",))
    used = part(layout, "used", "stubborn")
    supervisor = Supervisor(layout, [used, user])
    async with running(supervisor):
        stopping = asyncio.create_task(supervisor.stop())
        await until_async(lambda: supervisor.pid("user") is None)
        assert supervisor.pid("used") is not None
        await stopping
    assert not processes_of(layout.root)


@pytest.mark.asyncio
async def test_what_dies_is_started_again_and_nothing_else(layout: Layout) -> None:
    said: list[str] = []
    parts = [part(layout, "one"), part(layout, "two", after=("one",))]
    async with running(Supervisor(layout, parts, said.append)) as supervisor:
        first, other = supervisor.pid("one"), supervisor.pid("two")
        assert first is not None
        psutil.Process(first).kill()
        await until_async(lambda: any("one: ready again" in line for line in said))
        assert supervisor.pid("one") not in (None, first)
        assert supervisor.pid("two") == other
    assert "one: ended by signal SIGKILL; it is started again in 0.1 s" in said


@pytest.mark.asyncio
async def test_what_dies_while_it_is_made_ready_is_started_again_at_once(layout: Layout) -> None:
    tries = 0

    async def make_ready() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            pid = supervisor.pid("broker")
            assert pid is not None
            psutil.Process(pid).kill()
            await asyncio.sleep(60)

    supervisor = Supervisor(layout, [replace(part(layout, "broker"), after_start=make_ready)])
    async with asyncio.timeout(10), running(supervisor):
        assert tries == 2


@pytest.mark.asyncio
async def test_what_dies_again_and_again_is_started_less_often(layout: Layout) -> None:
    said: list[str] = []
    async with running(Supervisor(layout, [part(layout, "one")], said.append)) as supervisor:
        for times in (1, 2, 3):
            psutil.Process(supervisor.pid("one")).kill()
            await until_async(lambda n=times: sum("ready again" in line for line in said) == n)
    delays = [line.split("again in ")[1] for line in said if "started again" in line]
    assert delays == ["0.1 s", "0.2 s", "0.4 s"]


@pytest.mark.asyncio
async def test_a_part_that_never_starts_fails_all_and_shows_its_last_lines(layout: Layout) -> None:
    parts = [
        part(layout, "good"),
        script(layout, "bad", "print('no such night'); raise SystemExit(3)", once=True),
    ]
    said: list[str] = []
    with pytest.raises(PartFailed) as failure:
        async with running(Supervisor(layout, parts, said.append)):
            pytest.fail("it is not ready")
    assert failure.value.part == "bad"
    assert failure.value.lines[-1] == "no such night"
    assert len(failure.value.lines) == 5  # one for each try
    assert "bad: failed with status 3; it is started again in 0.1 s" in said
    assert not processes_of(layout.root)


@pytest.mark.asyncio
async def test_a_program_that_is_not_there_is_not_tried_again(layout: Layout) -> None:
    missing = Part(
        name="missing",
        argv=(str(layout.root / "nothing"),),
        env=PLAIN_ENVIRONMENT,
        cwd=layout.root,
        log=layout.log("missing"),
    )
    with pytest.raises(ProgramMissing):
        async with running(Supervisor(layout, [missing])):
            pytest.fail("it is not ready")


@pytest.mark.asyncio
async def test_a_part_that_does_not_listen_to_sigterm_is_killed(layout: Layout) -> None:
    async with running(Supervisor(layout, [part(layout, "deaf", "stubborn")])):
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert not processes_of(layout.root)


@pytest.mark.asyncio
async def test_a_part_takes_its_own_children_with_it(layout: Layout) -> None:
    said: list[str] = []
    async with running(Supervisor(layout, [part(layout, "one", "parent")], said.append)) as all_of:
        await until_async(lambda: len(processes_of(layout.root)) == 2)
        psutil.Process(all_of.pid("one")).kill()
        await until_async(lambda: any("ready again" in line for line in said))
        await until_async(lambda: len(processes_of(layout.root)) == 2)
    assert not processes_of(layout.root)


@pytest.mark.asyncio
async def test_ctrl_c_on_the_terminal_does_not_reach_a_part(layout: Layout) -> None:
    async with running(Supervisor(layout, [part(layout, "one")])) as supervisor:
        pid = supervisor.pid("one")
        assert pid is not None
        ours, its = psutil.Process(), psutil.Process(pid)
        assert its.ppid() == ours.pid
        assert _session(pid) == pid != _session(ours.pid)


@pytest.mark.asyncio
async def test_a_log_is_new_with_each_run_and_bounded(layout: Layout) -> None:
    for _ in range(2):
        async with running(Supervisor(layout, [part(layout, "one")])):
            pass
    log = layout.log("one")
    assert log.read_text().count("listens") == 1
    assert log.with_name("one.log.1").read_text().count("listens") == 1
    with log.open("ab") as writer:
        writer.write(b"x" * (logfile.LARGEST + 1))
        writer.flush()
        logfile.trim(log)
        writer.write(b"next\n")
    assert log.read_bytes() == b"next\n"


def _session(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
