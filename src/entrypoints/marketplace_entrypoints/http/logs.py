"""The server's log."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from marketplace_entrypoints.json_log import open_log

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


@lru_cache(maxsize=1)
def log() -> FilteringBoundLogger:
    """The logger, made once."""
    return open_log("at")
