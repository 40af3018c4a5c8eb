"""Settings: one frozen model per process, read from ``NIGHTPLAN_…`` variables.

Nothing else in nightplan reads the environment. docs/settings.md is tested
against these models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class _Settings(BaseSettings):
    """What all processes share: the prefix, and that a mistake is an error."""

    model_config = SettingsConfigDict(
        env_prefix="NIGHTPLAN_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    log_level: str = Field(
        "info", description="Least severe log line written: debug, info, warning, error."
    )


class _Served(_Settings):
    """What a process with an HTTP port needs."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    metrics_port: Port = Field(0, description="Port of /metrics; 0: none.")


class _Brokered(_Settings):
    """What a process that talks to Kafka needs."""

    kafka_bootstrap: str = Field(
        "127.0.0.1:9092", description="Kafka's bootstrap servers, host:port."
    )
    kafka_fetch_wait_ms: int = Field(
        500,
        ge=1,
        description="Longest time a fetch waits at the broker for something new, in milliseconds. "
        "Apache Kafka answers as soon as there is something; the embedded broker only when the "
        "time has passed, so `nightplan up` sets it low.",
    )
    kafka_request_timeout_ms: int = Field(
        1500,
        ge=100,
        description="A broker that has not answered for so long is down, in milliseconds.",
    )


class _Stored(_Settings):
    """What a process that talks to PostgreSQL needs."""

    database_url: SecretStr = Field(
        SecretStr("postgresql+asyncpg://127.0.0.1/nightplan"),
        description="SQLAlchemy URL of the database.",
    )
    database_role: str = Field("", description="Role taken after connecting; empty: none.")


class ApiSettings(_Served, _Brokered):
    """Settings of ``nightplan api``."""

    port: Port = Field(8000, description="Port of the HTTP API.")
    sidecar_url: str = Field("http://127.0.0.1:8001", description="Where the sidecar is.")
    gateway_proof: SecretStr = Field(
        description="Secret by which the gateway proves itself in X-Gateway-Proof; required."
    )
    gateway_proof_previous: SecretStr = Field(
        SecretStr(""),
        description="A second valid secret while the first is being rotated; empty: none.",
    )
    local_gateway: Path | None = Field(
        None,
        description="A Kong declarative file: check X-API-Key against it instead of standing "
        "behind a gateway. Loopback only; `nightplan up` uses it.",
    )
    reply_timeout: Seconds = Field(
        2.5, description="Longest wait for the scheduler's answer, in seconds."
    )
    read_timeout: Seconds = Field(
        2.0, description="Longest wait for the sidecar's answer, in seconds."
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, description="Largest request body, in bytes.")
    body_timeout: Seconds = Field(
        10.0, description="Longest time a body may take to arrive, in seconds."
    )
    max_waiting: int = Field(
        2000, ge=1, description="Most commands in flight at once, whatever their expected wait."
    )

    async_lifetime: Seconds = Field(
        900.0,
        description="How long a command that nobody waits for (Prefer: respond-async) may still "
        "be carried out, in seconds.",
    )
    caller_rate: float = Field(
        100.0, gt=0, description="Commands that one caller may send, per second, in the long run."
    )
    caller_burst: int = Field(
        2000, ge=1, description="Commands that one caller may send at once after a pause."
    )
    caller_waiting: int = Field(
        1500, ge=1, description="Commands of one caller that may wait for their answers at once."
    )
    max_streams: int = Field(
        500, ge=1, description="Most clients that follow an instrument (…/stream) at once."
    )
    header_timeout: Seconds = Field(
        10.0, description="Longest time a request's headers may take to arrive, in seconds."
    )
    write_timeout: Seconds = Field(
        30.0,
        description="A client that takes nothing of its answer for so long is cut off, in seconds.",
    )

    @field_validator("gateway_proof")
    @classmethod
    def _not_guessable(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 16:
            msg = "expected a secret of at least 16 characters"
            raise ValueError(msg)
        return value


class _Deciding(_Settings):
    """What a process that decides commands needs."""

    groups: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Scheduling groups to serve, separated by commas; empty: all."
    )
    solve_limit: Seconds = Field(1.0, description="Longest time one solve may take, in seconds.")

    @field_validator("groups", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


class SchedulerSettings(_Served, _Brokered, _Stored, _Deciding):
    """Settings of ``nightplan scheduler``."""

    health_port: Port = Field(8002, description="Port of /health.")
    leader_timeout: Seconds = Field(
        6.0, description="A leading scheduler that hangs for so long loses its place, in seconds."
    )
    plan_ahead: int = Field(
        7,
        ge=0,
        le=366,
        description="How many nights after the current one have a plan without being asked.",
    )


class ReplaySettings(_Brokered, _Stored, _Deciding):
    """Settings of ``nightplan replay``."""


class SidecarSettings(_Served, _Stored):
    """Settings of ``nightplan sidecar``."""

    port: Port = Field(8001, description="Port of the sidecar's HTTP interface.")
    database_pool: int = Field(8, ge=1, description="Connections kept to the database.")


class MigrationSettings(_Stored):
    """Settings of ``nightplan migrate``."""


class ClientSettings(_Settings):
    """Settings of the client commands (submit, events, show, delete, schedule)."""

    server: str = Field(
        "http://127.0.0.1:8000", description="The API's base URL; --server has precedence."
    )
    api_key: SecretStr = Field(
        SecretStr(""), description="The API key, never taken from the command line."
    )
