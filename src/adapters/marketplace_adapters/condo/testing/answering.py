"""A request answered: who asks, what it costs, what the schema says, and what is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from typing import Any, Final, cast

from attrs import define, field, frozen
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    build_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - its middleware has no types
    parse,
    validate,
)

from marketplace_adapters.condo.testing import refusals
from marketplace_adapters.condo.testing.books import Books, User
from marketplace_adapters.condo.testing.faults import Drift
from marketplace_adapters.condo.testing.resolving import MOST_ROWS, Asking
from marketplace_adapters.condo.testing.schema import LISTS, SCHEMA

LONGEST_QUERY: Final = 8 * 1024
_WINDOW: Final = timedelta(hours=1)
_A_PAGE: Final = 100
_QUERY_POINTS: Final = 2
_MUTATION_POINTS: Final = 5
_HEADER: Final = "x-rate-limit-complexity-"
_BEARER: Final = "Bearer "

Values = Mapping[str, object]


@frozen
class Reply:
    """A status, headers and a body that is JSON."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def text(self) -> bytes:
        """The body."""
        return json.dumps(self.body).encode()


@define
class _Quota:
    used: int
    until: datetime


@define(slots=False)
class Answering:
    """Answers requests over books; ``drift`` edits the schema, ``introspects`` is off as in many productions.

    ``known_points`` and ``stranger_points`` are what somebody who is known, or an address of somebody who is not, may
    use in an hour. ``asked`` are the names of operations in the order in which they came, ``denied`` the fields of
    queries and mutations, such as ``allContacts``, to which nobody has the right.
    """

    books: Books
    tokens: dict[str, User] = field(factory=dict[str, User], repr=False)
    introspects: bool = True
    known_points: int = 50_000
    stranger_points: int = 100
    asked: list[str] = field(factory=list[str])
    denied: set[str] = field(factory=set[str])
    drift: Drift = field(factory=lambda: Drift(SCHEMA))
    _quotas: dict[str, _Quota] = field(factory=dict[str, _Quota])

    def schema(self) -> GraphQLSchema:
        """The schema as it is now."""
        return _built(self.drift.schema)

    def answer(self, request: Values, authorization: str) -> Reply:
        """Validate it, count its points, do it."""
        query, variables = str(request.get("query")), cast("Values", request.get("variables") or {})
        self.asked.append(str(request.get("operationName") or ""))
        if len(query) > LONGEST_QUERY:
            return _refused(refusals.too_long(LONGEST_QUERY))
        document, unfit = _read(self.drift.schema, query)
        if document is None:
            return Reply(400, {"errors": unfit})
        roots = _roots_of(document)
        if any(it.name.value.startswith("__") for it in roots):
            told = self.introspects
            return (
                Reply(200, _introspected(self.drift.schema, query)) if told else _refused(refusals.no_introspection())
            )
        user = self.tokens.get(authorization.removeprefix(_BEARER))
        headers, is_over = self._counted(user, _points_of(document, roots, variables))
        if is_over:
            return _refused(refusals.no_points(int(headers[_HEADER + "reset"])), headers)
        return self._done(document, Asking(self.books, self.tokens, user, variables, self.denied), headers)

    def _done(self, document: DocumentNode, asking: Asking, headers: Mapping[str, str]) -> Reply:
        def resolver(source: object, info: GraphQLResolveInfo[Any], **arguments: object) -> object:
            return asking.resolve(source, info, arguments)

        result = execute_sync(self.schema(), document, variable_values=dict(asking.variables), field_resolver=resolver)
        return Reply(400 if result.data is None and _is_unfit(result) else 200, _body_of(result), headers)

    def _counted(self, user: User | None, points: int) -> tuple[dict[str, str], bool]:
        key, limit = (user.external_id, self.known_points) if user else ("127.0.0.1", self.stranger_points)
        now = self.books.instant()
        with self.books.lock:
            quota = self._quotas.get(key)
            if quota is None or now >= quota.until:
                quota = self._quotas[key] = _Quota(0, now + _WINDOW)
            quota.used += points
            told = {
                "limit": limit,
                "remaining": max(0, limit - quota.used),
                "used": min(quota.used, limit),
                "reset": ceil(quota.until.timestamp()),
            }
            return {_HEADER + name: str(value) for name, value in told.items()}, quota.used > limit


@cache
def _built(text: str) -> GraphQLSchema:
    return build_schema(text)


@cache
def _read(schema: str, query: str) -> tuple[DocumentNode | None, list[dict[str, object]]]:
    """A query that fits the schema, else why it does not."""
    try:
        document = parse(query)
    except GraphQLError as problem:
        return None, [refusals.unfit(problem, "GRAPHQL_PARSE_FAILED")]
    problems = validate(_built(schema), document)
    if problems:
        return None, [refusals.unfit(it, "GRAPHQL_VALIDATION_FAILED") for it in problems]
    return document, []


@cache
def _introspected(schema: str, query: str) -> dict[str, object]:
    return _body_of(execute_sync(_built(schema), parse(query)))


def _body_of(result: ExecutionResult) -> dict[str, object]:
    body: dict[str, object] = {"data": result.data}
    if result.errors:
        body["errors"] = [refusals.shown(it) for it in result.errors]
        if result.data is None and _is_unfit(result):
            body = {"errors": [_unfit_variable(it) for it in result.errors]}
    return body


def _is_unfit(result: ExecutionResult) -> bool:
    """True where the variables do not fit: nothing was executed."""
    return any(it.original_error is None and not it.path for it in result.errors or ())


def _unfit_variable(error: GraphQLError) -> dict[str, object]:
    return refusals.Refusal(error.message, "UserInputError", "BAD_USER_INPUT").error


def _refused(refusal: refusals.Refusal, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(400, {"errors": [refusal.error]}, headers or {})


def _roots_of(document: DocumentNode) -> list[FieldNode]:
    operations = (it for it in document.definitions if isinstance(it, OperationDefinitionNode))
    return [field for it in operations for field in it.selection_set.selections if isinstance(field, FieldNode)]


def _points_of(document: DocumentNode, roots: list[FieldNode], variables: Values) -> int:
    is_mutation = any(
        isinstance(it, OperationDefinitionNode) and it.operation is OperationType.MUTATION
        for it in document.definitions
    )
    return sum(_MUTATION_POINTS if is_mutation else _cost_of(it, variables) for it in roots)


def _cost_of(root: FieldNode, variables: Values) -> int:
    name = root.name.value
    if name.startswith("_all"):
        return _QUERY_POINTS * ceil(MOST_ROWS / _A_PAGE)
    return _QUERY_POINTS * max(1, ceil(_first_of(root, variables) / _A_PAGE)) if name in LISTS else _QUERY_POINTS


def _first_of(root: FieldNode, variables: Values) -> int:
    for argument in root.arguments or ():
        if argument.name.value != "first":
            continue
        value = argument.value
        if isinstance(value, VariableNode):
            return cast("int", variables.get(value.name.value) or MOST_ROWS)
        if isinstance(value, IntValueNode):
            return int(value.value)
    return MOST_ROWS
