"""Structured logs: one JSON object a line on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, TextIO, cast

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


_ENCODER: Final = json.JSONEncoder(default=repr)


class _StandardError:
    """Standard error as it is when a line is written: tests, and programs that import us, put another one there."""

    def write(self, text: str) -> int:
        """Write a text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Hand it on."""
        sys.stderr.flush()


def _line(told: object, **_: object) -> str:
    """The text of a line, by an encoder made once."""
    return _ENCODER.encode(told)


def open_log(instant: str) -> FilteringBoundLogger:
    """A log of its own, which nobody else's configuration changes; ``instant`` is the key of each line's time."""
    import structlog

    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(cast("TextIO", _StandardError())),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key=instant),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    ).bind()
    return log
