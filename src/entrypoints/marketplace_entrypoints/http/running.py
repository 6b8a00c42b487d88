"""One request through an operation: who asks, may they, what do they say, was it done before, then the handler."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, cast

from attrs import field, frozen

from marketplace_core.domain.access import Action, Target, reach_of, require
from marketplace_core.errors import ConcurrentChange, InvalidInput, NotFound
from marketplace_core.ports.kept_answers import KeptAnswer
from marketplace_entrypoints.http.converter import Unreadable, plain_of
from marketplace_entrypoints.http.identity import Caller, caller_of
from marketplace_entrypoints.http.operation import Answer, Call, Form, Nothing, Operation, Public, Raw, Scope
from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.problems import Changed
from marketplace_entrypoints.http.reading import WrongMediaType, body_of, form_of, query_of

_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:~-]{0,127}")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_JSON: Final = "application/json"
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@frozen
class Asked:
    """A request as it came, its body already bounded."""

    path: Mapping[str, str]
    pairs: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    address: str
    now: datetime


@frozen
class Sent:
    """An answer as bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes = field(repr=False)


def answered(parts: Parts, operation: Operation, asked: Asked) -> Sent:
    """What an operation answers; raises errors of ours only where nothing was done."""
    is_public = isinstance(operation.access, Public)
    caller = caller_of(parts.authenticator, asked.headers, asked.now, writes=operation.writes, is_public=is_public)
    if operation.limit:
        parts.rates.require(operation.limit, caller.actor.name if caller.is_known else asked.address, asked.now)
    call = _call(parts, operation, asked, caller)
    _require_allowed(call)
    if not call.key or call.dry_run:
        return _sent(_handled(call))
    owner = call.key_owner
    kept = parts.kept.begin(owner, call.key, call.fingerprint, asked.now)
    if kept is not None:
        return Sent(kept.status, (*kept.headers, ("Idempotent-Replayed", "true")), kept.content)
    try:
        sent = _sent(_handled(call))
    except BaseException:
        parts.kept.give_up(owner, call.key)
        raise
    parts.kept.complete(owner, call.key, KeptAnswer(sent.status, sent.headers, sent.content))
    return sent


def _call(parts: Parts, operation: Operation, asked: Asked, caller: Caller) -> Call[Any, Any]:
    for name, value in asked.path.items():
        if not _ID.fullmatch(value):
            raise NotFound(f"no such {name.removesuffix('_id')}, or not visible to you")
    own = [(name, text) for name, text in asked.pairs if not _is_pipelines(operation, name)]
    ours = [(name, text) for name, text in asked.pairs if _is_pipelines(operation, name)]
    if len({name for name, _ in ours}) != len(ours):
        raise Unreadable("a query parameter is given twice")
    given = dict(ours)
    if given.get("dry_run", "false") not in ("true", "false"):
        raise Unreadable(f"query parameter dry_run must be true or false, not {given['dry_run'][:40]!r}")
    key = _key(operation, asked.headers)
    return Call(
        parts=parts,
        operation=operation,
        actor=caller.actor,
        now=asked.now,
        path=asked.path,
        query=query_of(own, cast("type[object]", operation.query)),
        body=_body(operation, asked),
        portfolio_named=_portfolio_named(given),
        if_match=asked.headers.get("if-match", ""),
        key=key,
        fingerprint=_fingerprint(asked) if key else "",
        dry_run=given.get("dry_run") == "true",
        address=asked.address,
        user_id=caller.user_id,
        session_token=caller.session_token,
        headers=asked.headers,
    )


def _is_pipelines(operation: Operation, name: str) -> bool:
    return (name == "portfolio" and operation.in_portfolio) or (name == "dry_run" and operation.plans)


def _portfolio_named(given: Mapping[str, str]) -> str:
    named = given.get("portfolio", "")
    if "portfolio" in given and not _ID.fullmatch(named):
        raise NotFound("there is no such portfolio, or it is not visible to you")
    return named


def _key(operation: Operation, headers: Mapping[str, str]) -> str:
    key = headers.get("idempotency-key", "") if operation.takes_key else ""
    if key and not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key must be 1 to 128 visible ASCII signs")
    return key


def _body(operation: Operation, asked: Asked) -> object:
    if operation.body is Nothing:
        if asked.content.strip() not in (b"", b"{}"):
            raise Unreadable("this operation takes no body")
        return Nothing()
    if operation.body is Raw:
        return Raw(asked.content)
    if operation.body is Form:
        return Form(form_of(asked.content, asked.headers.get("content-type", "")))
    media = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media and media != _JSON:
        raise WrongMediaType(f"send {_JSON}, not {media[:60]}")
    return body_of(asked.content, cast("type[object]", operation.body))


def _require_allowed(call: Call[Any, Any]) -> None:
    """The declared rule, whatever the handler looks at afterwards."""
    access = call.operation.access
    if not isinstance(access, Action):
        return
    scope = call.operation.scope
    if scope is Scope.INSTALLATION or (scope is Scope.EITHER and not call.portfolio_named):
        require(call.actor, access, Target(None))
    else:
        reach_of(call.actor, access, call.portfolio_id)


def _handled(call: Call[Any, Any]) -> Answer:
    try:
        return call.operation.handler(call)
    except ConcurrentChange as problem:
        if call.if_match:
            raise Changed(f"{problem}; read it again") from problem
        raise


def _sent(answer: Answer) -> Sent:
    headers = [*answer.headers]
    if answer.etag:
        headers.append(("ETag", answer.etag))
    if answer.value is None:
        return Sent(int(answer.status), tuple(headers), b"")
    content = answer.value if isinstance(answer.value, bytes) else _ENCODER.encode(plain_of(answer.value)).encode()
    return Sent(int(answer.status), (("Content-Type", answer.content_type), *headers), content)


def _fingerprint(asked: Asked) -> str:
    told = json.dumps([sorted(asked.path.items()), sorted(asked.pairs), asked.content.decode("utf-8", "replace")])
    return sha256(told.encode()).hexdigest()
