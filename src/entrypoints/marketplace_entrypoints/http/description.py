"""The description of the API, OpenAPI 3.1, made from the declared operations and the shapes they name."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, cast

import msgspec
from attrs import NOTHING, fields

from marketplace_core.domain.access import Action
from marketplace_entrypoints.http.converter import plain_of, resolved
from marketplace_entrypoints.http.operation import PDF, Form, Nothing, Operation, Public, Raw
from marketplace_entrypoints.http.problems import PROBLEM
from marketplace_entrypoints.http.shapes.problem import Problem

_JSON: Final = "application/json"
_REFERENCE: Final = "#/components/schemas/{name}"
_BEARER: Final = "accessToken"
_SESSION: Final = "session"
_ID_SCHEMA: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._:~-]{0,127}$"}

_BINARY: Final = {"type": "string", "format": "binary"}

_NO_SHAPES: Final = (Nothing, Raw, Form)

_WORDS: Final = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.UNAUTHORIZED: "Nobody knows who asks.",
    HTTPStatus.FORBIDDEN: "The role does not allow it.",
    HTTPStatus.NOT_FOUND: "No such thing, or not visible to the caller.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time.",
    HTTPStatus.CONFLICT: "The books, or somebody else's request, are in the way.",
    HTTPStatus.PRECONDITION_FAILED: "It has changed since it was read.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a kind that is not taken.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A value cannot be understood, or a key came with another request.",
    HTTPStatus.TOO_MANY_REQUESTS: "Asked too often.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something needed does not answer.",
}


def describe(operations: Sequence[Operation], server: str = "") -> dict[str, Any]:
    """The whole description as plain JSON."""
    shapes = _shapes(operations)
    paths: dict[str, dict[str, Any]] = {}
    for it in operations:
        paths.setdefault(it.path, {})[it.method.lower()] = _operation(it, shapes)
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "marketplace-core",
            "version": version("marketplace-core"),
            "summary": "The rent book of a rental marketplace.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": shapes,
            "securitySchemes": {
                _BEARER: {
                    "type": "oauth2",
                    "description": "An access token of a service: POST /oauth/token with its client credentials.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "/oauth/token",
                            "scopes": {it.value: it.name.replace("_", " ").lower() for it in Action},
                        }
                    },
                },
                _SESSION: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-session",
                    "description": "A person's session: POST /api/session. Writes need its X-CSRF-Token header too.",
                },
            },
        },
    }
    if server:
        described["servers"] = [{"url": server}]
    return described


def _shapes(operations: Sequence[Operation]) -> dict[str, Any]:
    named = {
        it
        for one in operations
        for it in (one.answers, one.body, *(also for _, also in one.also))
        if it is not None and it not in _NO_SHAPES
    }
    ordered = sorted({*named, Problem}, key=lambda it: it.__name__)
    for it in ordered:
        _resolve_deeply(it)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REFERENCE)
    bodies = {it.__name__ for it in _reached(one.body for one in operations if one.body not in _NO_SHAPES)}
    for name, schema in components.items():
        if "properties" in schema:
            schema["additionalProperties"] = False
            if name not in bodies and name != Problem.__name__:
                # An answer always has every field.
                schema["required"] = list(schema["properties"])
    return dict(sorted(components.items()))


def _resolve_deeply(shape: type) -> None:
    for it in _reached([shape]):
        resolved(it)


def _reached(shapes: Any) -> set[type]:  # noqa: ANN401 - any iterable of classes
    from typing import get_args

    from attrs import has

    found: set[type] = set()
    waiting: list[Any] = list(shapes)
    while waiting:
        it = waiting.pop()
        if isinstance(it, type) and has(it) and it not in found:
            found.add(it)
            waiting.extend(one.type for one in fields(resolved(it)))
        else:
            waiting.extend(part for part in get_args(it) if part is not it)
    return found


def _operation(it: Operation, shapes: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": it.name,
        "tags": [it.tag],
        "summary": it.summary,
        "parameters": _parameters(it, shapes),
        "responses": _responses(it),
        "security": []
        if isinstance(it.access, Public)
        else [{_BEARER: [it.access.value] if isinstance(it.access, Action) else []}, {_SESSION: []}],
        "x-access": _access(it),
    }
    if it.body is Raw:
        raw = {kind: {"schema": _BINARY} for kind in it.takes}
        told["requestBody"] = {"required": True, "content": raw or {_JSON: {"schema": {"type": "object"}}}}
    elif it.body is Form:
        schema = {"type": "object", "additionalProperties": {"type": "string"}}
        told["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    elif it.body is not Nothing:
        reference = {"$ref": _REFERENCE.format(name=it.body.__name__)}
        told["requestBody"] = {"required": True, "content": {_JSON: {"schema": reference}}}
    if not told["parameters"]:
        del told["parameters"]
    return told


def _access(it: Operation) -> dict[str, str]:
    if isinstance(it.access, Action):
        return {"action": it.access.value, "scope": it.scope.value}
    return {type(it.access).__name__: it.access.reason}


def _parameters(it: Operation, shapes: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": part.strip("{}"), "in": "path", "required": True, "schema": _ID_SCHEMA}
        for part in it.path.split("/")
        if part.startswith("{")
    ]
    if it.in_portfolio:
        words = "The portfolio meant; may be left out by whom has a role in one only."
        found.append({"name": "portfolio", "in": "query", "schema": _ID_SCHEMA, "description": words})
    if it.plans:
        words = "Answer with what would be done and its total; write nothing."
        found.append({"name": "dry_run", "in": "query", "schema": {"type": "boolean"}, "description": words})
    found.extend(_query(it, shapes))
    if it.takes_key:
        words = "The same key and request are answered the same and done once; for 48 hours."
        schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"}
        found.append({"name": "Idempotency-Key", "in": "header", "schema": schema, "description": words})
    if it.matches:
        words = "The ETag of what is to be changed; refused with 412 where it has changed since."
        length = {"type": "string", "maxLength": 200}
        found.append({"name": "If-Match", "in": "header", "schema": length, "description": words})
    if it.caches:
        words = "The ETag of what the caller has; answered with 304 where it is still the same."
        length = {"type": "string", "maxLength": 200}
        found.append({"name": "If-None-Match", "in": "header", "schema": length, "description": words})
    return found


def _query(it: Operation, shapes: dict[str, Any]) -> list[dict[str, Any]]:
    if it.query is Nothing:
        return []
    resolved(it.query)
    _, components = msgspec.json.schema_components([it.query], ref_template=_REFERENCE)
    own = components.pop(it.query.__name__)
    for name, schema in components.items():
        shapes.setdefault(name, schema)
    found: list[dict[str, Any]] = []
    for one in fields(cast("Any", it.query)):
        schema = dict(own["properties"][one.name])
        schema = _without_null(schema)
        words = schema.pop("description", None)
        told: dict[str, Any] = {"name": one.name, "in": "query", "schema": schema}
        if one.default is NOTHING:
            told["required"] = True
        elif one.default is not None and "default" in schema:
            schema["default"] = plain_of(one.default)
        if words:
            told["description"] = words
        found.append(told)
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("default", NOTHING) is None:
        schema.pop("default")
    options = [it for it in schema.get("anyOf", ()) if it != {"type": "null"}]
    if len(options) == 1:
        schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **options[0]}
    return schema


def _responses(it: Operation) -> dict[str, Any]:
    usual: dict[str, Any] = {"description": HTTPStatus(it.status).phrase}
    content: dict[str, Any] = {}
    if it.answers is not None:
        content[_JSON] = {"schema": {"$ref": _REFERENCE.format(name=it.answers.__name__)}}
    for kind in it.further:
        is_binary = kind == PDF or kind.startswith("image/")
        content[kind] = {"schema": _BINARY if is_binary else {"type": "string"}}
    if not content and it.answers is None and it.status is HTTPStatus.OK:
        content[_JSON] = {"schema": {"type": "object"}}
    if content:
        usual["content"] = content
    found = {str(int(it.status)): usual}
    if it.caches:
        found[str(int(HTTPStatus.NOT_MODIFIED))] = {"description": "It is still as the caller has it."}
    for status in sorted(refusals(it)):
        problem = {"$ref": _REFERENCE.format(name=Problem.__name__)}
        found[str(int(status))] = {"description": _WORDS[status], "content": {PROBLEM: {"schema": problem}}}
    for status, shape in it.also:
        told = found.setdefault(str(int(status)), {"description": _WORDS.get(status, status.phrase), "content": {}})
        told["content"][_JSON] = {"schema": {"$ref": _REFERENCE.format(name=shape.__name__)}}
    return found


def refusals(it: Operation) -> frozenset[HTTPStatus]:
    """Every status with which an operation may refuse."""
    found = {HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    found |= {HTTPStatus.REQUEST_TIMEOUT}
    if not isinstance(it.access, Public):
        found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if isinstance(it.access, Action):
        found |= {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
    if "{" in it.path:
        found |= {HTTPStatus.NOT_FOUND}
    if it.body is not Nothing or it.query is not Nothing or it.takes_key:
        found |= {HTTPStatus.UNPROCESSABLE_ENTITY}
    if it.body is not Nothing:
        found |= {HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    if it.writes:
        found |= {HTTPStatus.CONFLICT}
    if it.matches:
        found |= {HTTPStatus.PRECONDITION_FAILED}
    if it.limit:
        found |= {HTTPStatus.TOO_MANY_REQUESTS}
    return frozenset(found | set(it.refuses))
