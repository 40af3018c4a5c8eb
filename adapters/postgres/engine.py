"""Connections: every one has its time limits, its name and, where wanted, its role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """How to connect. The time limits nest: solve < idle in transaction < the API's wait.

    Parameters
    ----------
    url
        ``postgresql://user:password@host/database``, with the query parameters of
        libpq (``host=/a/socket/folder``, ``sslmode=verify-full``, several hosts).
    role
        Role taken at the start of each session; empty: that of the login.
    application_name
        How the sessions are called in ``pg_stat_activity``.
    connect_timeout
        Longest time to connect, in seconds.
    command_timeout
        Longest wait for any answer, in seconds; the connection is given up then.
    statement_timeout
        Longest time the server works on one statement, in seconds.
    lock_timeout
        Longest time the server waits for one lock, in seconds.
    idle_in_transaction_timeout
        Longest time a transaction may stand still, in seconds; longer than a solve.
    session_timeout
        A session that nobody uses for so long is ended by the server, in seconds;
        0: never. The writer shows every third of it that it is alive, so that one
        that hangs loses its place.
    dead_after
        A peer that does not acknowledge for so long is dead, in seconds (TCP only).
    pool_size
        Connections kept; 0: none, each is made when wanted and closed after.
    read_only
        Whether the server refuses every write.
    """

    url: str
    role: str = ""
    application_name: str = "nightplan"
    connect_timeout: float = 3.0
    command_timeout: float = 5.0
    statement_timeout: float = 4.0
    lock_timeout: float = 3.0
    idle_in_transaction_timeout: float = 2.0
    session_timeout: float = 0.0
    dead_after: float = 3.0
    pool_size: int = 0
    read_only: bool = False


def make_engine(options: DatabaseOptions) -> AsyncEngine:
    """An engine that connects as the options say; nothing is connected yet.

    The driver reads the URL itself, so all that libpq's URLs can say is understood.
    """
    url = options.url.replace("postgresql+asyncpg://", "postgresql://", 1)
    settings = _server_settings(options)

    async def connect() -> Any:
        return await asyncpg.connect(
            url,
            timeout=options.connect_timeout,
            command_timeout=options.command_timeout,
            server_settings=settings,
        )

    pool: dict[str, Any] = {"poolclass": NullPool}
    if options.pool_size:
        pool = {
            "pool_size": options.pool_size,
            "max_overflow": 0,
            "pool_timeout": options.command_timeout,
            "pool_use_lifo": True,
        }
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        isolation_level="REPEATABLE READ" if options.read_only else "READ COMMITTED",
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,
        **pool,
    )


def _to_json(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # JSON has whole numbers of any length, orjson those of 64 bits. What somebody has put
        # into Kafka must be kept, if only to be rejected.
        return json.dumps(value)


def _server_settings(options: DatabaseOptions) -> dict[str, str]:
    settings = {
        "application_name": options.application_name,
        "timezone": "UTC",
        "jit": "off",  # compiling a plan takes longer than any of these statements
        "statement_timeout": _milliseconds(options.statement_timeout),
        "lock_timeout": _milliseconds(options.lock_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(options.idle_in_transaction_timeout),
        "idle_session_timeout": _milliseconds(options.session_timeout),
        "client_connection_check_interval": "1000",
        "tcp_keepalives_idle": "1",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": str(max(1, round(options.dead_after))),
        "tcp_user_timeout": _milliseconds(options.dead_after),
    }
    if options.role:
        settings["role"] = options.role
    if options.read_only:
        settings["default_transaction_read_only"] = "on"
    return settings


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
