"""Starts the parts in order, restarts what dies, stops all of it."""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.local.child import Child, spawn
from adapters.local.errors import DirectoryUnusable, PartFailed, ProgramMissing
from adapters.local.layout import Layout
from adapters.local.leftovers import MARK, Record, end_leftovers
from adapters.local.lock import held
from adapters.local.logfile import rotate, tail, trim
from adapters.local.part import Hook, Part
from models.errors import NightplanError

TRIES = 5
"""Failed starts of one part after which the whole start has failed."""

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_STABLE = 10.0
_PROBE_LIMIT = 5.0
_TRIM_EVERY = 5.0
_MARGIN = 1.0


@dataclass
class _State:
    """What becomes of a part while the supervisor runs."""

    part: Part
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    child: Child | None = None
    stable_at: float = math.inf
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps the parts of one data directory running.

    Parameters
    ----------
    layout
        The data directory, prepared.
    parts
        What runs; each names those that must be ready before it.
    announce
        Is told what happens, one line at a time.
    longest_delay
        Seconds after which a part that dies again and again is started again.
    """

    def __init__(
        self,
        layout: Layout,
        parts: Sequence[Part],
        announce: Callable[[str], None] = lambda _: None,
        longest_delay: float = _LONGEST_DELAY,
    ) -> None:
        self.layout = layout
        self._longest_delay = longest_delay
        self._states = {part.name: _State(part) for part in parts}
        self._record = Record(layout.record)
        self._announce = announce
        self._stopping = False
        self._trimmer: asyncio.Task[None] | None = None

    def pid(self, name: str) -> int | None:
        """Return the process id of a part, None while it does not run.

        Parameters
        ----------
        name
            The part.
        """
        child = self._states[name].child
        return child.pid if child is not None and child.alive else None

    async def start(self) -> None:
        """Start all parts; return when all are ready.

        Raises
        ------
        PartFailed
            One does not start. Nothing runs any more then.
        DirectoryUnusable, ProgramMissing
            One cannot start, however often it is tried.
        """
        for state in self._states.values():
            rotate(state.part.log)
            state.task = asyncio.create_task(self._keep(state), name=state.part.name)
        self._trimmer = asyncio.create_task(self._trim(), name="logs")
        ready = asyncio.create_task(self._all_ready())
        waited = {ready} | {state.task for state in self._states.values() if state.task}
        try:
            while not ready.done():
                done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                waited -= done
        except BaseException:
            ready.cancel()
            await self.stop()
            raise

    async def _all_ready(self) -> None:
        for state in self._states.values():
            await state.ready.wait()

    async def stop(self) -> None:
        """Stop all parts, those that depend on others first."""
        self._stopping = True
        for level in reversed(self._levels()):
            await asyncio.gather(*(self._end(state) for state in level))
        if self._trimmer is not None:
            self._trimmer.cancel()
            await asyncio.gather(self._trimmer, return_exceptions=True)
        self._record.close()

    def kill(self) -> None:
        """Kill all parts that still run, while they are being stopped."""
        for state in self._states.values():
            if state.child is not None:
                state.child.send(signal.SIGKILL)

    def _levels(self) -> list[list[_State]]:
        """Return the parts in the order in which they may be stopped, the last first."""
        depth: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in depth:
                part = self._states[name].part
                depth[name] = 1 + max((of(other) for other in part.after + part.uses), default=-1)
            return depth[name]

        levels: list[list[_State]] = [[] for _ in range(1 + max(map(of, self._states), default=-1))]
        for name, state in self._states.items():
            levels[of(name)].append(state)
        return levels

    async def _end(self, state: _State) -> None:
        if state.child is not None:
            await state.child.end(state.part.stop_signal, state.part.grace)
        if state.task is not None:
            state.task.cancel()
            await asyncio.gather(state.task, return_exceptions=True)

    async def _keep(self, state: _State) -> None:
        """Start a part whenever it does not run, until all is stopped."""
        part = state.part
        for name in part.after:
            await self._states[name].ready.wait()
        failures, delay = 0, _FIRST_DELAY
        while not self._stopping:
            state.stable_at = math.inf
            why = await self._live(state)
            if why is None or self._stopping:
                return
            if asyncio.get_running_loop().time() > state.stable_at:
                delay = _FIRST_DELAY
            failures += 1
            if not state.ready.is_set() and failures >= TRIES:
                raise PartFailed(part.name, part.log, tail(part.log) or [why])
            self._announce(f"{part.name}: {why}; it is started again in {delay:.1f} s")
            await asyncio.sleep(delay)
            delay = min(2 * delay, self._longest_delay)

    async def _live(self, state: _State) -> str | None:
        """Run a part once; return why it ended, None when it has done what it had to."""
        part, began = state.part, asyncio.get_running_loop().time()
        first = not state.ready.is_set()
        try:
            if part.before_start is not None:
                await part.before_start()
            if self._stopping:
                return None
            child = self._spawn(state)
            if (why := await self._become_ready(part, child)) is not None:
                return why
            if part.after_start is not None and not await _done_alive(part.after_start, child):
                return f"ended {_cause(await child.wait())} before it was ready"
        except (DirectoryUnusable, ProgramMissing) as error:
            if first:
                raise
            return str(error)
        except (NightplanError, OSError) as error:
            return str(error)
        else:
            now = asyncio.get_running_loop().time()
            state.stable_at = now + _STABLE
            state.ready.set()
            remark = f" ({part.remark})" if part.remark else ""
            word = "ready" if first else "ready again"
            self._announce(f"{part.name}: {word} after {now - began:.1f} s{remark}")
            return None if part.once else f"ended {_cause(await child.wait())}"
        finally:
            if not self._stopping:
                await self._forget(state)

    def _spawn(self, state: _State) -> Child:
        part = state.part
        state.child = spawn(
            part.argv,
            env={**part.env, MARK: self._record.mark},
            cwd=part.cwd,
            log=part.log,
            account=part.account,
            death_signal=part.death_signal,
        )
        self._record.add(part.name, state.child.pid, state.child.created)
        return state.child

    async def _forget(self, state: _State) -> None:
        """Make sure that a part that is to be started again does not run."""
        if state.child is not None:
            await state.child.end(state.part.stop_signal, _MARGIN)
            state.child = None
            self._record.remove(state.part.name)

    async def _become_ready(self, part: Part, child: Child) -> str | None:
        """Wait until a part works; return why it does not."""
        try:
            async with asyncio.timeout(part.start_timeout):
                if part.once:
                    status = await child.wait()
                    return None if status == 0 else f"failed {_cause(status)}"
                pause = 0.02
                while child.alive:
                    if part.ready is None or await _asked(part):
                        return None
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.3, 0.2)
        except TimeoutError:
            return f"not ready after {part.start_timeout:.0f} s"
        return f"ended {_cause(await child.wait())} before it was ready"

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_EVERY)
            for state in self._states.values():
                trim(state.part.log)


async def _asked(part: Part) -> bool:
    """Ask a part whether it works; no answer in time is a no."""
    if part.ready is None:
        return True
    try:
        async with asyncio.timeout(_PROBE_LIMIT):
            return await part.ready()
    except (TimeoutError, OSError, NightplanError):
        return False


async def _done_alive(work: Hook, child: Child) -> bool:
    """Do something with a part; False as soon as it dies meanwhile."""
    doing, dying = asyncio.ensure_future(work()), asyncio.ensure_future(child.wait())
    try:
        await asyncio.wait({doing, dying}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            return False
        await doing
    finally:
        doing.cancel()
        dying.cancel()
        await asyncio.wait({doing, dying}, timeout=_MARGIN)
    return True


def _cause(status: int) -> str:
    if status < 0:
        return f"by signal {signal.Signals(-status).name}"
    return f"with status {status}"


@asynccontextmanager
async def running(
    supervisor: Supervisor, check: Callable[[], None] = lambda: None
) -> AsyncIterator[Supervisor]:
    """Run a supervisor's parts, alone on its data directory, and stop them in the end.

    Parameters
    ----------
    supervisor
        Not started yet.
    check
        Raises if nothing is to be started; asked when leftovers have been ended.

    Yields
    ------
    Supervisor
        All of its parts are ready.

    Raises
    ------
    AlreadyRunning
        Another supervisor runs on this directory.
    PartFailed
        A part does not start.
    """
    with held(supervisor.layout.lock):
        await end_leftovers(supervisor.layout.record, signal.SIGTERM)
        check()
        await supervisor.start()
        try:
            yield supervisor
        finally:
            await supervisor.stop()
