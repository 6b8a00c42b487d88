"""The hooks' raw inbox on PostgreSQL: a body and its job by one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.jobs.rows import joined
from marketplace_adapters.postgres.reading import Reader
from marketplace_core.domain.hooks import PARTNERS, Hook, HookId, HookRoute, HookState, RouteId
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.errors import NotFound
from marketplace_core.ports.hook_inbox import HookInbox

_ADD_ROUTE = text("""
    INSERT INTO marketplace_jobs.hook_routes
        (route_id, partner, job_kind, portfolio_id, collection_account_id, made_at, disabled_at)
    VALUES (:route, :partner, :kind, :portfolio, :account, :made_at, :disabled_at)
""")
_ADD_TOKEN = text("""
    INSERT INTO marketplace_jobs.hook_tokens (digest, route_id, position)
    SELECT :digest, :route, coalesce(max(position), 0) + 1 FROM marketplace_jobs.hook_tokens WHERE route_id = :route
""")
_END_BUT = text("""
    UPDATE marketplace_jobs.hook_tokens SET ended_at = :at
    WHERE route_id = :route AND ended_at IS NULL AND position <= (
        SELECT max(position) - :kept FROM marketplace_jobs.hook_tokens WHERE route_id = :route
    )
""")
_LOCK_ROUTE = text("SELECT route_id FROM marketplace_jobs.hook_routes WHERE route_id = :route FOR UPDATE")
_DISABLE = text("""
    UPDATE marketplace_jobs.hook_routes SET disabled_at = coalesce(disabled_at, :at) WHERE route_id = :route
""")
_COLUMNS = """
    r.route_id, r.partner, r.portfolio_id, r.collection_account_id, r.made_at, r.disabled_at,
    (SELECT count(*) FROM marketplace_jobs.hook_tokens living WHERE living.route_id = r.route_id
        AND living.ended_at IS NULL AND r.disabled_at IS NULL) AS live_tokens
"""
_ROUTES = joined("SELECT ", _COLUMNS, " FROM marketplace_jobs.hook_routes r ORDER BY r.route_id")
_LIVING = """
    FROM marketplace_jobs.hook_tokens t JOIN marketplace_jobs.hook_routes r ON r.route_id = t.route_id
    WHERE t.digest = :digest AND t.ended_at IS NULL AND r.disabled_at IS NULL
"""
_ROUTE_OF = joined("SELECT ", _COLUMNS, _LIVING)
# The words of hook_job(): the route is known to the statement alone, and it must be one.
_KEEP = joined(
    "WITH route AS (SELECT r.job_kind,",
    _COLUMNS,
    _LIVING,
    """), kept AS (
        INSERT INTO marketplace_jobs.hooks (hook_id, route_id, received_at, headers, body)
        SELECT :hook, route_id, :received_at, CAST(:headers AS jsonb), :body FROM route
    )
    SELECT route.*, marketplace_jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
        job_kind, job_kind, 0, coalesce('book/' || portfolio_id, 'kind/' || job_kind), job_kind || '/' || :hook,
        jsonb_build_object(
            'portfolio', portfolio_id, 'due_at', CAST(:due_text AS text),
            'arguments', jsonb_build_object('hook', CAST(:hook AS text))
        ), CAST(:received_at AS timestamptz)
    )::marketplace_jobs.procrastinate_job_to_defer_v1]) FROM route
    """,
)
_HOOK = joined(
    "SELECT h.hook_id, h.received_at, h.headers, h.body, h.state, h.reason, h.settled_at,",
    _COLUMNS,
    " FROM marketplace_jobs.hooks h JOIN marketplace_jobs.hook_routes r ON r.route_id = h.route_id"
    " WHERE h.hook_id = :hook",
)
_HOOKS = text("""
    SELECT hook_id, route_id, received_at, headers, body, state, reason, settled_at FROM marketplace_jobs.hooks
    WHERE state = :state ORDER BY received_at, hook_id LIMIT :limit
""")
_SETTLE = text("""
    UPDATE marketplace_jobs.hooks SET state = :state, reason = :reason, settled_at = :at WHERE hook_id = :hook
""")
_FORGET = text("DELETE FROM marketplace_jobs.hooks WHERE settled_at < :before")


class PostgresHooks(Reader, HookInbox):
    """Routes, their tokens' digests, and bodies."""

    @override
    def add_route(self, route: HookRoute, digest: str) -> None:
        given = {
            "route": route.route_id,
            "partner": route.partner,
            "kind": PARTNERS[route.partner],
            "portfolio": route.portfolio_id,
            "account": route.collection_account_id,
            "made_at": route.made_at,
            "disabled_at": route.disabled_at,
        }

        def work(connection: Connection) -> None:
            connection.execute(_ADD_ROUTE, given)
            connection.execute(_ADD_TOKEN, {"digest": digest, "route": route.route_id})

        in_transaction(self._engine, work)

    @override
    def add_token(self, route_id: RouteId, digest: str, at: datetime) -> None:
        def work(connection: Connection) -> None:
            _require_route(connection, route_id)
            connection.execute(_END_BUT, {"route": route_id, "at": at, "kept": 1})
            connection.execute(_ADD_TOKEN, {"digest": digest, "route": route_id})

        in_transaction(self._engine, work)

    @override
    def end_old_tokens(self, route_id: RouteId, at: datetime) -> int:
        def work(connection: Connection) -> int:
            _require_route(connection, route_id)
            return connection.execute(_END_BUT, {"route": route_id, "at": at, "kept": 1}).rowcount

        return in_transaction(self._engine, work)

    @override
    def disable(self, route_id: RouteId, at: datetime) -> None:
        def work(connection: Connection) -> None:
            _require_route(connection, route_id)
            connection.execute(_DISABLE, {"route": route_id, "at": at})

        in_transaction(self._engine, work)

    @override
    def routes(self) -> tuple[HookRoute, ...]:
        with snapshot(self._engine) as connection:
            return tuple(_route_of(row) for row in connection.execute(_ROUTES))

    @override
    def route_of(self, digest: str) -> HookRoute:
        with snapshot(self._engine) as connection:
            row = connection.execute(_ROUTE_OF, {"digest": digest}).one_or_none()
        if row is None:
            raise _closed()
        return _route_of(row)

    @override
    def keep(
        self, digest: str, hook_id: HookId, body: bytes, headers: Mapping[str, str], received_at: datetime
    ) -> HookRoute:
        given = {
            "digest": digest,
            "hook": hook_id,
            "received_at": received_at,
            "due_text": received_at.isoformat(),
            "headers": Jsonb(dict(headers)),
            "body": body,
        }
        row = in_transaction(self._engine, lambda connection: connection.execute(_KEEP, given).one_or_none())
        if row is None:
            raise _closed()
        return _route_of(row)

    @override
    def hook(self, hook_id: HookId) -> tuple[Hook, HookRoute]:
        with snapshot(self._engine) as connection:
            row = connection.execute(_HOOK, {"hook": hook_id}).one_or_none()
        if row is None:
            raise _unknown(hook_id)
        return _hook_of(row), _route_of(row)

    @override
    def settle(self, hook_id: HookId, state: HookState, reason: str, at: datetime) -> None:
        given = {"hook": hook_id, "state": state.value, "reason": reason.replace("\0", ""), "at": at}
        if not in_transaction(self._engine, lambda connection: connection.execute(_SETTLE, given).rowcount):
            raise _unknown(hook_id)

    @override
    def hooks(self, state: HookState, limit: int = 100) -> tuple[Hook, ...]:
        with snapshot(self._engine) as connection:
            found = connection.execute(_HOOKS, {"state": state.value, "limit": limit})
            return tuple(_hook_of(row) for row in found)

    @override
    def forget_hooks(self, settled_before: datetime) -> int:
        given = {"before": settled_before}
        return in_transaction(self._engine, lambda connection: connection.execute(_FORGET, given).rowcount)


def _require_route(connection: Connection, route_id: RouteId) -> None:
    if connection.scalar(_LOCK_ROUTE, {"route": route_id}) is None:
        raise NotFound(f"there is no route {route_id}")


def _route_of(row: Any) -> HookRoute:  # noqa: ANN401 - columns by name
    return HookRoute(
        RouteId(row.route_id),
        row.partner,
        None if row.portfolio_id is None else PortfolioId(row.portfolio_id),
        None if row.collection_account_id is None else CollectionAccountId(row.collection_account_id),
        row.made_at,
        row.disabled_at,
        row.live_tokens,
    )


def _hook_of(row: Any) -> Hook:  # noqa: ANN401 - columns by name
    return Hook(
        HookId(row.hook_id),
        RouteId(row.route_id),
        row.received_at,
        bytes(row.body),
        row.headers,
        HookState(row.state),
        row.reason,
        row.settled_at,
    )


def _closed() -> NotFound:
    return NotFound("nothing is let in by this address")


def _unknown(hook_id: HookId) -> NotFound:
    return NotFound(f"there is no hook {hook_id}; it may have been forgotten")
