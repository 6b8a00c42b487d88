"""Users and clients: who is let in, with which roles."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import ClientId, UserId
from marketplace_entrypoints.http.operation import Answer, Call, Scope, operation
from marketplace_entrypoints.http.shapes.identity import (
    AfterQuery,
    ClientBody,
    ClientPage,
    ClientSecretShape,
    ClientShape,
    GrantBody,
    InviteBody,
    UserPage,
    UserShape,
)
from marketplace_entrypoints.http.shapes.payments import ReasonBody

_USER: Final = "/api/admin/users/{user_id}"
_CLIENT: Final = "/api/admin/clients/{client_id}"


@operation("GET", "/api/admin/users", Action.OPERATE, answers=UserPage, query=AfterQuery, scope=Scope.EITHER)
def list_users(call: Call[Any, Any]) -> Answer:
    """Users with a role in a portfolio; where none is named, of the installation."""
    query: AfterQuery = call.query
    after, limit = query.after, query.limit
    users = call.parts.identity.list_users()
    stream = users(call.actor, call.portfolio_or_none, after=UserId(after) if after else None, limit=limit + 1)
    found = list(islice(stream, limit + 1))
    following = found[limit - 1].user_id if len(found) > limit else None
    return Answer(UserPage(tuple(UserShape.of(it) for it in found[:limit]), following))


@operation(
    "POST",
    "/api/admin/users",
    Action.OPERATE,
    answers=UserShape,
    body=InviteBody,
    status=HTTPStatus.CREATED,
    scope=Scope.EITHER,
    takes_key=True,
    plans=True,
    limit="letters",
)
def invite_user(call: Call[Any, InviteBody]) -> Answer:
    """Invite somebody with a first role; they are written a link to choose a password."""
    body = call.body
    command = call.identity_command("user.invite")
    invite = call.parts.identity.invite_user()
    user = invite(command, call.actor, body.email, body.name, body.grant.stored(), dry_run=call.dry_run)
    return Answer(UserShape.of(user), HTTPStatus.CREATED)


@operation(
    "POST",
    _USER + "/grants",
    Action.OPERATE,
    answers=UserShape,
    body=GrantBody,
    scope=Scope.EITHER,
    takes_key=True,
    plans=True,
)
def grant_role(call: Call[Any, GrantBody]) -> Answer:
    """Give a user a role; nobody gives more than they have."""
    grant = call.parts.identity.grant_role()
    command = call.identity_command("user.grant")
    user = grant(command, call.actor, UserId(call.path["user_id"]), call.body.stored(), dry_run=call.dry_run)
    return Answer(UserShape.of(user))


@operation(
    "DELETE",
    _USER + "/grants/{grant_id}",
    Action.OPERATE,
    answers=UserShape,
    scope=Scope.EITHER,
    takes_key=True,
    plans=True,
)
def revoke_role(call: Call[Any, Any]) -> Answer:
    """Take a role from a user; it counts from their next request on."""
    revoke = call.parts.identity.revoke_role()
    command = call.identity_command("user.revoke")
    user_id, grant_id = UserId(call.path["user_id"]), call.path["grant_id"]
    return Answer(UserShape.of(revoke(command, call.actor, user_id, grant_id, dry_run=call.dry_run)))


@operation(
    "POST", _USER + "/disable", Action.OPERATE, answers=UserShape, scope=Scope.EITHER, takes_key=True, plans=True
)
def disable_user(call: Call[Any, Any]) -> Answer:
    """Let a user in no more, at once."""
    disable = call.parts.identity.disable_user()
    command = call.identity_command("user.disable")
    return Answer(UserShape.of(disable(command, call.actor, UserId(call.path["user_id"]), dry_run=call.dry_run)))


@operation("POST", _USER + "/enable", Action.OPERATE, answers=UserShape, scope=Scope.EITHER, takes_key=True, plans=True)
def enable_user(call: Call[Any, Any]) -> Answer:
    """Let a disabled user in again."""
    enable = call.parts.identity.enable_user()
    command = call.identity_command("user.enable")
    return Answer(UserShape.of(enable(command, call.actor, UserId(call.path["user_id"]), dry_run=call.dry_run)))


@operation(
    "POST",
    _USER + "/erase",
    Action.OPERATE,
    answers=UserShape,
    body=ReasonBody,
    scope=Scope.EITHER,
    takes_key=True,
    plans=True,
)
def erase_user(call: Call[Any, ReasonBody]) -> Answer:
    """Empty a disabled user's name and address for good."""
    erase = call.parts.identity.erase_user()
    command = call.identity_command("user.erase", call.body.reason)
    return Answer(UserShape.of(erase(command, call.actor, UserId(call.path["user_id"]), dry_run=call.dry_run)))


@operation("GET", "/api/admin/clients", Action.OPERATE, answers=ClientPage, query=AfterQuery, scope=Scope.EITHER)
def list_clients(call: Call[Any, Any]) -> Answer:
    """Clients with a role in a portfolio; where none is named, of the installation."""
    query: AfterQuery = call.query
    after, limit = query.after, query.limit
    clients = call.parts.identity.list_clients()
    stream = clients(call.actor, call.portfolio_or_none, after=ClientId(after) if after else None, limit=limit + 1)
    found = list(islice(stream, limit + 1))
    following = found[limit - 1].client_id if len(found) > limit else None
    return Answer(ClientPage(tuple(ClientShape.of(it) for it in found[:limit]), following))


@operation(
    "POST",
    "/api/admin/clients",
    Action.OPERATE,
    answers=ClientSecretShape,
    body=ClientBody,
    status=HTTPStatus.CREATED,
    scope=Scope.EITHER,
    plans=True,
)
def make_client(call: Call[Any, ClientBody]) -> Answer:
    """Let a service in; its secret is shown this once."""
    body = call.body
    make = call.parts.identity.make_client()
    grants = [it.stored() for it in body.grants]
    command = call.identity_command("client.make")
    made = make(command, call.actor, body.client_id, body.name, body.scopes, grants, dry_run=call.dry_run)
    return Answer(ClientSecretShape(ClientShape.of(made.client), made.secret), HTTPStatus.CREATED)


@operation(
    "POST", _CLIENT + "/rotate-secret", Action.OPERATE, answers=ClientSecretShape, scope=Scope.EITHER, plans=True
)
def rotate_client_secret(call: Call[Any, Any]) -> Answer:
    """Give a client one more secret, shown this once; two count, the older of two ends."""
    rotate = call.parts.identity.rotate_client_secret()
    command = call.identity_command("client.rotate")
    made = rotate(command, call.actor, ClientId(call.path["client_id"]), dry_run=call.dry_run)
    return Answer(ClientSecretShape(ClientShape.of(made.client), made.secret))


@operation(
    "POST", _CLIENT + "/disable", Action.OPERATE, answers=ClientShape, scope=Scope.EITHER, takes_key=True, plans=True
)
def disable_client(call: Call[Any, Any]) -> Answer:
    """Let a client in no more, at once and for good."""
    disable = call.parts.identity.disable_client()
    command = call.identity_command("client.disable")
    return Answer(ClientShape.of(disable(command, call.actor, ClientId(call.path["client_id"]), dry_run=call.dry_run)))
