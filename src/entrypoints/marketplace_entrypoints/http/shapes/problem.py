"""Problem details."""

from __future__ import annotations

from attrs import frozen


@frozen
class Place:
    """Where one row of a file is wrong."""

    file: str
    line: int
    column: str | None
    reason: str


@frozen
class Problem:
    """Why a request was not carried out (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    problems: tuple[Place, ...] | None = None
    count: int | None = None
