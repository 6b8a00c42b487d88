"""The ASGI application: routes made from the declared operations, each run in a thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve
from litestar import Litestar, Request, Response
from litestar.config.cors import CORSConfig
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from marketplace_core.errors import ConfigurationError, MarketplaceError
from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.exchange import asked_of, send_answer
from marketplace_entrypoints.http.framing import framed, request_id_of
from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.portal_origins import with_portal_origins
from marketplace_entrypoints.http.problems import (
    PROBLEM,
    Refusal,
    headers_of,
    problem_of,
    unexpected_problem,
)
from marketplace_entrypoints.http.reading import MOST_BYTES
from marketplace_entrypoints.http.running import answered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_EXPOSED: Final = ["ETag", "Idempotent-Replayed", "Link", "Location", "Retry-After", "X-Request-Id"]
_ALLOWED_HEADERS: Final = [
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "X-CSRF-Token",
    "X-Request-Id",
]


def build_app(parts: Parts, operations: Sequence[Operation]) -> Litestar:
    """The application over the operations; refuses two of one name or route."""
    require_distinct(operations)
    parts = evolve(parts, description=_described(tuple(operations), parts.settings.public_url))
    threads = Threads(parts.threads)
    routes = [_route(parts, it, threads) for it in operations]

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        yield
        threads.stop()

    origins = list(parts.settings.allowed_origins)
    app = Litestar(
        routes,
        openapi_config=None,
        lifespan=[lifespan],
        exception_handlers={Exception: _on_error},
        request_max_body_size=MOST_BYTES,
        cors_config=CORSConfig(
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_ALLOWED_HEADERS,
            allow_credentials=True,
            expose_headers=_EXPOSED,
        )
        if origins
        else None,
    )
    # Around everything, so that what no route takes is framed too; Litestar's own middleware is inside the routes.
    app.asgi_handler = framed(with_portal_origins(app.asgi_handler, parts.settings.listings), parts)
    return app


class Threads:
    """The threads in which operations run: begun when the first is asked for, stopped when all of theirs is done."""

    def __init__(self, most: int) -> None:
        """At most so many."""
        self._most = most
        self._pool: ThreadPoolExecutor | None = None

    @property
    def pool(self) -> ThreadPoolExecutor:
        """The threads."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, thread_name_prefix="http")
        return self._pool

    def stop(self) -> None:
        """Wait for what runs, then stop."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None


@lru_cache(maxsize=8)
def _described(operations: tuple[Operation, ...], server: str) -> bytes:
    """The description that is served; made once for all applications of a process that are alike."""
    return json.dumps(describe(operations, server), ensure_ascii=False).encode()


def require_distinct(operations: Sequence[Operation]) -> None:
    """Refuse what the description could not tell apart."""
    names = [it.name for it in operations]
    routes = [f"{it.method} {it.path}" for it in operations]
    for found in (names, routes):
        twice = {it for it in found if found.count(it) > 1}
        if twice:
            raise ConfigurationError(f"operations declared twice: {sorted(twice)}")


def _route(parts: Parts, operation: Operation, threads: Threads) -> HTTPRouteHandler:
    """The route of an operation. Litestar finds it, by path and method, and answers for what no route takes."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = await asked_of(parts, scope, receive)
        loop = asyncio.get_running_loop()
        await send_answer(await loop.run_in_executor(threads.pool, answered, parts, operation, asked), send)

    def instead_of(app: ASGIApp) -> ASGIApp:
        del app
        return answer

    async def never() -> None:
        """Answer nothing: Litestar's objects around a handler would take as long as all of ours."""

    path = operation.path.replace("}", ":str}")
    methods: list[Method] = [_method(operation.method)]
    declare = HTTPRouteHandler(
        path,
        http_method=methods,
        status_code=204,
        name=operation.name,
        opt={"operation": operation.name},
        middleware=[instead_of],
    )
    return declare(never)


def _method(name: str) -> Method:
    found: Mapping[str, Method] = {"GET": "GET", "POST": "POST", "PUT": "PUT", "PATCH": "PATCH", "DELETE": "DELETE"}
    return found[name]


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    request_id = request_id_of(request.scope)
    if isinstance(error, HTTPException):
        error = _as_ours(error)
    if isinstance(error, MarketplaceError):
        told, headers = problem_of(error, request_id), headers_of(error)
    else:
        told, headers = unexpected_problem(request_id), ()
        request.scope["state"]["fault"] = error
    content = json.dumps(told, ensure_ascii=False).encode()
    response = Response(content, status_code=told["status"], media_type=PROBLEM)
    for name, value in headers:
        response.headers[name] = value
    return response


def _as_ours(error: HTTPException) -> Refusal:
    status = HTTPStatus(error.status_code)
    headers = tuple((name, value) for name, value in (error.headers or {}).items() if name.lower() == "allow")
    detail = {
        HTTPStatus.NOT_FOUND: "there is nothing at this path",
        HTTPStatus.METHOD_NOT_ALLOWED: "this path does not take that method",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"the body is larger than {MOST_BYTES} bytes",
    }.get(status, error.detail)
    return Refusal(status, detail, headers)
