"""Logging: one JSON object a line on standard error, a constant phrase plus fields."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logging(service: str, level: str) -> None:
    """Send everything that is logged, by us or by a library, out as JSON lines.

    Parameters
    ----------
    service
        Put into every line as ``service``.
    level
        Least severe level written, such as ``info``.

    Raises
    ------
    ValueError
        There is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        msg = f"log level: expected debug, info, warning or error, got {level!r}"
        raise ValueError(msg)

    def add_service(
        _: object, __: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        add_service,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    logging.getLogger("aiokafka").setLevel(max(number, logging.ERROR))
    logging.getLogger("httpx").setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
