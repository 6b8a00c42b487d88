"""Services that act with a secret: add, give new secrets, disable; and the keys of access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import ClientId
from marketplace_core.services.identity.clients import ClientWithSecret
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.identity import RoleMeant, grant_words, identity_act, operator, plain_client
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened

if TYPE_CHECKING:
    from marketplace_entrypoints.composition_identity import IdentityContainer

app = group("clients", "Services that act with a secret: add, give new secrets, disable.")


@app.default
@app.command(name="list")
def list_clients(*, where: Where = HERE) -> int:
    """Every client with its scopes and roles; of one portfolio, with those in it."""
    with opened(where) as here:
        own = here.portfolio_id if where.portfolio else None
        found = list(_use_cases(here).list_clients()(operator(here, PLAINLY), own))
        rows = (
            (
                it.client_id,
                it.name,
                "disabled" if it.is_disabled else f"{len(it.secrets)} secrets",
                ", ".join(it.scopes),
                "; ".join(grant_words(one) for one in it.grants),
            )
            for it in found
        )
        header = ("client", "name", "state", "scopes", "roles")
        return here.answer({"clients": [plain_client(it) for it in found]}, table(header, rows))


@app.command(name="add")
def add(
    client: str,
    *,
    scope: Annotated[tuple[str, ...], Parameter(negative=(), help="What it may do: lease.read …; again for more.")],
    role: RoleMeant,
    name: Annotated[str, Parameter(help="What people call it (default: its id).")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Make a client; its secret is shown this once."""
    with opened(where, may_begin=True) as here:
        command = identity_act(here, act, "client.add")
        made = _use_cases(here).make_client()(
            command, operator(here, act), client, name, _scopes(scope), [role.grant(here)], dry_run=act.dry_run
        )
        return _answer(here, made, act, f"{'Would add' if act.dry_run else 'Added'} client {client}")


@app.command(name="rotate-secret")
def rotate_secret(client: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Give a client one more secret, shown this once; two count at a time, so the older of two ends."""
    with opened(where) as here:
        command = identity_act(here, act, "client.rotate_secret")
        rotate = _use_cases(here).rotate_client_secret()
        done = rotate(command, operator(here, act), ClientId(client), dry_run=act.dry_run)
        words = f"{'Would give' if act.dry_run else 'Gave'} client {client} another secret"
        return _answer(here, done, act, words)


@app.command(name="disable")
def disable(client: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Let a client in no more: its secrets are forgotten, its access tokens end."""
    with opened(where) as here:
        here.require_yes(act, f"Disable client {client} and forget its secrets?")
        command = identity_act(here, act, "client.disable")
        done = _use_cases(here).disable_client()(command, operator(here, act), ClientId(client), dry_run=act.dry_run)
        words = f"{'Would disable' if act.dry_run else 'Disabled'} client {client}"
        return here.answer({**plain_client(done), "dry_run": act.dry_run}, words)


@app.command(name="rotate-key")
def rotate_key(*, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Sign access tokens with a new key; tokens of the one before count until they expire."""
    with opened(where) as here:
        keys = _use_cases(here).signing_keys()
        key_id = "" if act.dry_run else keys.rotate(here.container.clock().now())
        file = str(here.settings.signing_keys_file)
        told: plain.Plain = {"key": key_id, "file": file, "dry_run": act.dry_run}
        words = f"Would make a new key in {file}" if act.dry_run else f"Key {key_id} in {file} signs from now on"
        return here.answer(told, words)


def _scopes(texts: Sequence[str]) -> tuple[Action, ...]:
    unknown = [it for it in texts if it not in list(Action)]
    if unknown:
        raise Refused(f"there is no scope {unknown[0][:60]!r}; there are {', '.join(Action)}")
    return tuple(Action(it) for it in texts)


def _use_cases(here: Session) -> IdentityContainer:
    from marketplace_entrypoints.composition_identity import wired_identity

    return wired_identity(here.settings, here.store)


def _answer(here: Session, done: ClientWithSecret, act: Act, words: str) -> int:
    told = {**plain_client(done.client), "secret": done.secret, "dry_run": act.dry_run}
    shown = [f"Its secret, shown this once: {done.secret}"] if done.secret else []
    return here.answer(told, words, *shown)
