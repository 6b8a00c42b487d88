"""The log of identities finds what was changed beside it."""

# ruff: noqa: SLF001 - tampers with the insides of the fake

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from tests.unit.identity.conftest import OPERATOR, TENANT_HERE, Installation

from marketplace_core.domain.identifiers import ClientId, UserId
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.party import Role
from marketplace_core.services.identity.proof import verify_identities

Tampering = Callable[[Any, UserId], None]


def _user(**changes: Any) -> Tampering:  # noqa: ANN401 - any field of a user
    def tamper(store: Any, user_id: UserId) -> None:  # noqa: ANN401 - the fake's insides
        store._users[user_id] = evolve(store._users[user_id], **changes)

    return tamper


def _event(place: int, **changes: Any) -> Tampering:  # noqa: ANN401 - any field of a link
    def tamper(store: Any, _: UserId) -> None:  # noqa: ANN401 - the fake's insides
        store._events[place] = evolve(store._events[place], **changes)

    return tamper


def _drop(place: int) -> Tampering:
    return lambda store, _: store._events.pop(place)


def _client(store: Any, _: UserId) -> None:  # noqa: ANN401 - the fake's insides
    (secret,) = store._clients[ClientId("sync")].secrets
    store._clients[ClientId("sync")] = evolve(
        store._clients[ClientId("sync")], secrets=(evolve(secret, secret_hash="b" * 64),)
    )


@pytest.mark.parametrize(
    "tamper",
    [
        _user(grants=(StoredGrant(Role.ADMIN, None),)),
        _user(email="thief@example.org"),
        _user(password_hash="quick$1$1$x"),
        _user(name="Somebody"),
        _user(epoch=1),
        _user(salt="other"),
        _event(1, actor="person:nobody"),
        _event(1, payload='{"after":{},"before":null,"subject":"user:x"}'),
        _drop(1),
        _drop(-1),
        _client,
        lambda store, user_id: store._users.pop(user_id),
    ],
)
def test_what_was_changed_by_hand_is_found(here: Installation, tamper: Tampering) -> None:
    """A role given, an address, password or secret replaced, a link altered, deleted or cut off."""
    user = here.active().user
    here.client()
    here.grant(here.act(), OPERATOR, user.user_id, TENANT_HERE)
    assert verify_identities(here.store).ok
    tamper(here.store, user.user_id)
    assert not verify_identities(here.store).ok
