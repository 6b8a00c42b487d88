"""Structured logs: one JSON object a line on standard error."""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any

import structlog


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
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger("marketplace").bind()
