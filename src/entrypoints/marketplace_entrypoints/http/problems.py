"""Errors as answers: the one place where the API decides on statuses, as problem details (RFC 9457)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    ConfigurationError,
    Conflict,
    ImportRefused,
    IntegrityBroken,
    InvalidInput,
    InvalidRow,
    KeyReused,
    MarketplaceError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RuleViolation,
    StillRunning,
    TooManyAttempts,
    Unavailable,
)
from marketplace_entrypoints.http.converter import Unreadable
from marketplace_entrypoints.http.reading import NoJson, WrongMediaType

PROBLEM: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5


class TooLarge(MarketplaceError):
    """A body above the bound."""


class TooSlow(MarketplaceError):
    """A body that did not come in time."""


class Changed(MarketplaceError):
    """What ``If-Match`` names is no more."""


class Refusal(MarketplaceError):
    """A refusal of HTTP itself, with its own status."""

    def __init__(self, status: HTTPStatus, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Keep the status beside the message."""
        self.status = status
        self.headers = headers
        super().__init__(message)


_STATUSES: Final[tuple[tuple[type[MarketplaceError], HTTPStatus], ...]] = (
    (NoJson, HTTPStatus.BAD_REQUEST),
    (Unreadable, HTTPStatus.BAD_REQUEST),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StillRunning, HTTPStatus.CONFLICT),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (WrongMediaType, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (Changed, HTTPStatus.PRECONDITION_FAILED),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotAuthenticated, HTTPStatus.UNAUTHORIZED),
    (TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS),
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (AlreadyExists, HTTPStatus.CONFLICT),
    (ConcurrentChange, HTTPStatus.CONFLICT),
    (Conflict, HTTPStatus.CONFLICT),
    (RuleViolation, HTTPStatus.CONFLICT),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConfigurationError, HTTPStatus.SERVICE_UNAVAILABLE),
    (IntegrityBroken, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def status_of(error: MarketplaceError) -> HTTPStatus:
    """The status of an error."""
    if isinstance(error, Refusal):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def headers_of(error: MarketplaceError) -> tuple[tuple[str, str], ...]:
    """What an error says in headers: how to authenticate, when to come again."""
    if isinstance(error, NotAuthenticated):
        return (("WWW-Authenticate", "Bearer"),)
    if isinstance(error, TooManyAttempts):
        return (("Retry-After", str(error.retry_after_seconds)),)
    if isinstance(error, Unavailable | StillRunning):
        return (("Retry-After", str(RETRY_AFTER_SECONDS)),)
    if isinstance(error, Refusal):
        return error.headers
    return ()


def problem_of(error: MarketplaceError, request_id: str) -> dict[str, Any]:
    """An error as problem details."""
    status = status_of(error)
    told: dict[str, Any] = {
        "type": f"/problems/{_kebab(type(error).__name__)}",
        "title": (type(error).__doc__ or status.phrase).strip().splitlines()[0],
        "status": int(status),
        "detail": str(error)[:2000],
        "instance": f"urn:request:{request_id}",
    }
    if isinstance(error, InvalidRow):
        told["problems"] = [_place(error)]
    elif isinstance(error, ImportRefused):
        told["problems"] = [_place(it) for it in error.problems]
        told["count"] = error.count
    return told


def unexpected_problem(request_id: str) -> dict[str, Any]:
    """What is said of a fault of ours: nothing of its inside, only where to find it in the log."""
    return {
        "type": "/problems/unexpected",
        "title": "Something went wrong here.",
        "status": int(HTTPStatus.INTERNAL_SERVER_ERROR),
        "detail": "the request was not carried out; the log has what happened under this request's id",
        "instance": f"urn:request:{request_id}",
    }


def _place(problem: InvalidRow) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "column": problem.column, "reason": problem.reason}


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
