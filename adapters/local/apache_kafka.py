"""One node of Apache Kafka, for tests and for whoever wants the real broker at home.

The jars come from Maven by tools/kafka/pom.xml into a cache outside the tree.
Unlike the embedded broker it keeps what it was given.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from adapters.kafka.topics import ensure_topics, probe
from adapters.local.child import spawn
from adapters.local.errors import PartFailed, ProgramMissing
from adapters.local.layout import Layout, at
from adapters.local.logfile import tail
from adapters.local.part import PLAIN_ENVIRONMENT, Part
from adapters.local.ports import free_ports
from adapters.local.supervisor import Supervisor, running
from models.topic import TOPICS

TOOLS = Path(__file__).resolve().parents[2] / "tools" / "kafka"
"""The pom that names the version, and the configuration of its log."""

CACHE = Path("~/.cache/nightplan")
"""Where the jars are kept if nothing else is said."""

_JVM = ("-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_ENVIRONMENT = {**PLAIN_ENVIRONMENT, "LC_ALL": "C.UTF-8"}  # for paths that are not ASCII
_PROBE = 2.0
_TOPICS = 15.0
_FETCH = 300.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.dirs={data}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
"""


async def kafka_jars(cache: Path = CACHE) -> Path:
    """Return the directory of Kafka's jars, fetched first if they are not there.

    Parameters
    ----------
    cache
        Where fetched software is kept.

    Raises
    ------
    ProgramMissing
        There is no Java or no Maven, or the jars cannot be fetched.
    """
    pom = TOOLS / "pom.xml"
    version = _version(pom)
    jars = _absolute(cache) / f"kafka-{version}"
    if _present(jars):
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise ProgramMissing("Apache Kafka", f"{jars} is not there and Maven, to fetch it, neither")
    partial_jars = jars.with_name(f"{jars.name}.{secrets.token_hex(4)}")
    process = await asyncio.create_subprocess_exec(
        maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies",
        f"-DoutputDirectory={partial_jars}", "-DincludeScope=runtime",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_FETCH):
            said, _ = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise ProgramMissing("Apache Kafka", f"not fetched in {_FETCH:.0f} s") from error
    if process.returncode != 0:
        reason = said.decode(errors="replace").strip()[-500:]
        shutil.rmtree(partial_jars, ignore_errors=True)
        raise ProgramMissing("Apache Kafka", f"Maven cannot fetch it: {reason}")
    _put(partial_jars, jars)
    return jars


def kafka_part(
    layout: Layout,
    jars: Path,
    *,
    port: int,
    controller: int,
    topics: Mapping[str, int] = TOPICS,
    name: str = "kafka",
) -> Part:
    """Describe a node of Apache Kafka to a supervisor.

    Parameters
    ----------
    layout
        Where it keeps its files.
    jars
        Its program, see :func:`kafka_jars`.
    port
        Where it listens on 127.0.0.1.
    controller
        Where it listens to itself.
    topics
        What is made after its start if it is missing, with the numbers of partitions.
    name
        What it is called.

    Raises
    ------
    ProgramMissing
        There is no Java.
    """
    found = shutil.which("java")
    if found is None:
        raise ProgramMissing("Apache Kafka", "there is no Java (17 or newer) on this machine")
    java = (
        found, *_JVM,
        f"-Dlog4j2.configurationFile={TOOLS / 'log4j2.properties'}",
        "-cp", f"{jars}/*",
    )  # fmt: skip
    data = layout.root / "data" / "kafka"
    properties = layout.run / "kafka.properties"
    text = _PROPERTIES.format(port=port, controller=controller, data=data)
    log = layout.log(name)
    address = f"127.0.0.1:{port}"
    return Part(
        name=name,
        argv=(*java, "kafka.Kafka", str(properties)),
        env=_ENVIRONMENT,
        cwd=layout.run,
        log=log,
        before_start=partial(_prepare, java, properties, text, data, log),
        ready=partial(_answers, address),
        after_start=partial(ensure_topics, address, topics, _TOPICS),
        grace=3.5,
        start_timeout=60.0,
        remark=f"Apache Kafka, {address}",
    )


@asynccontextmanager
async def apache_kafka(
    directory: Path, topics: Mapping[str, int] = TOPICS, cache: Path = CACHE
) -> AsyncIterator[str]:
    """Run one node of Apache Kafka, restarted (with its data, same port) if it dies.

    Parameters
    ----------
    directory
        Its own directory.
    topics
        What is made, with the numbers of partitions.
    cache
        Where fetched software is kept.

    Yields
    ------
    str
        Bootstrap address.
    """
    layout = at(directory)
    layout.prepare()
    jars = await kafka_jars(cache)
    port, controller = free_ports(2)
    part = kafka_part(layout, jars, port=port, controller=controller, topics=topics)
    async with running(Supervisor(layout, [part])):
        yield f"127.0.0.1:{port}"


async def _prepare(
    java: tuple[str, ...], properties: Path, text: str, data: Path, log: Path
) -> None:
    """Write the configuration, and format the storage if that has never been done whole."""
    _write(properties, text)
    if (data / "meta.properties").exists() and (data / "bootstrap.checkpoint").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    # 16 random bytes in URL-safe base64; Kafka takes none that begins with a dash.
    cluster = "n" + secrets.token_urlsafe(16)[1:]
    child = spawn(
        (
            *java, "kafka.tools.StorageTool", "format",
            "--cluster-id", cluster, "--config", str(properties),
        ),
        env=_ENVIRONMENT,
        cwd=properties.parent,
        log=log,
    )  # fmt: skip
    try:
        status = await child.wait()
    finally:
        child.send(signal.SIGKILL)
    if status != 0:
        raise PartFailed("storage of Apache Kafka", log, tail(log))


def _write(properties: Path, text: str) -> None:
    """Write a file for Java's `Properties`, which are Latin-1 with escapes."""
    escaped = "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in text)
    properties.write_text(escaped, encoding="ascii")


async def _answers(address: str) -> bool:
    await probe(address, _PROBE)
    return True


def _version(pom: Path) -> str:
    found = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", pom.read_text())
    if found is None:
        raise ProgramMissing("Apache Kafka", f"{pom} names no version")
    return found[1]


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _present(jars: Path) -> bool:
    return any(jars.glob("kafka_*.jar"))


def _put(new: Path, place: Path) -> None:
    """Rename a complete directory to its place, unless somebody else was faster."""
    try:
        new.rename(place)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        if not _present(place):
            raise
