"""Structured logs: one JSON object a line on standard error."""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any, TextIO, cast

import structlog


class _StandardError:
    """Standard error as it is when a line is written: tests, and programs that import us, put another one there."""

    def write(self, text: str) -> int:
        """Write a text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Hand it on."""
        sys.stderr.flush()


@lru_cache(maxsize=1)
def log() -> Any:  # noqa: ANN401 - structlog's loggers take any event's fields
    """The logger, made once."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger("marketplace").bind()
