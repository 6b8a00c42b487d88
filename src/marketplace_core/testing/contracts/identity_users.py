"""What every store of users and clients must do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import ClientId, UserId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.users import User
from marketplace_core.domain.party import Role
from marketplace_core.errors import AlreadyExists, IllegalTransition, NotFound
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.identity_base import (
    ADMIN_HERE,
    EVERY_KIND,
    HERE,
    THERE,
    IdentitiesContract,
    act,
    client_named,
    user_named,
)


class UsersContract(IdentitiesContract):
    """Users come back as they were written, one an address, each change once."""

    def test_a_user_comes_back_whole(self, identities: Identities) -> None:
        """By id and by address, with every kind of role."""
        halima = evolve(user_named("halima", *EVERY_KIND), password_hash="$argon2id$…")
        assert identities.change_user(act(1), halima.user_id, lambda _: halima) == halima
        assert identities.user(halima.user_id) == halima
        assert identities.user_by_email("halima@example.org") == halima
        assert identities.user_by_email("nobody@example.org") is None
        with pytest.raises(NotFound):
            identities.user(UserId("nobody"))

    def test_a_change_is_decided_on_what_stands(self, identities: Identities) -> None:
        """The version counts; a change of nothing writes nothing."""
        halima = user_named("halima")
        identities.change_user(act(1), halima.user_id, lambda _: halima)
        done = identities.change_user(act(2), halima.user_id, lambda it: _granted(it, ADMIN_HERE))
        assert (done.version, done.grants) == (2, (ADMIN_HERE,))
        same = identities.change_user(act(3), halima.user_id, lambda it: _granted(it, ADMIN_HERE))
        assert same == done == identities.user(halima.user_id)
        assert [it.command_id for it in identities.identity_events()] == ["c1", "c2"]

    def test_a_command_has_one_effect(self, identities: Identities) -> None:
        """The same id again answers with the user as they are, and asks nobody; of another kind it is refused."""
        halima = user_named("halima")
        identities.change_user(act(1), halima.user_id, lambda _: halima)
        identities.change_user(act(2), halima.user_id, lambda it: _granted(it, ADMIN_HERE))
        again = identities.change_user(act(2), halima.user_id, lambda it: evolve(_there(it), name="Other"))
        assert again.grants == (ADMIN_HERE,)
        with pytest.raises(AlreadyExists, match=r"user\.change"):
            identities.change_user(act(2, "user.disable"), halima.user_id, lambda it: _there(it).disabled())
        assert identities.user(halima.user_id).version == 2

    def test_what_a_decision_raises_leaves_nothing(self, identities: Identities) -> None:
        """Neither user nor link, and the command may come again."""

        def refuse(_: User | None) -> User:
            raise IllegalTransition("no")

        halima = user_named("halima")
        with pytest.raises(IllegalTransition):
            identities.change_user(act(1), halima.user_id, refuse)
        assert list(identities.users()) == []
        assert list(identities.identity_events()) == []
        assert identities.change_user(act(1), halima.user_id, lambda _: halima) == halima

    def test_an_address_is_one_users(self, identities: Identities) -> None:
        """Another user of the address is refused whole; a changed address frees the old one."""
        halima, other = user_named("halima"), evolve(user_named("other"), email="halima@example.org")
        identities.change_user(act(1), halima.user_id, lambda _: halima)
        with pytest.raises(AlreadyExists, match="address"):
            identities.change_user(act(2), other.user_id, lambda _: other)
        assert len(list(identities.identity_events())) == 1
        identities.change_user(act(3), halima.user_id, lambda it: evolve(_there(it), email="h@example.org"))
        assert identities.change_user(act(2), other.user_id, lambda _: other) == other

    def test_two_users_may_have_no_address(self, identities: Identities) -> None:
        """Who was erased has none, so nobody is found by it, and the log holds no more of them than digests."""
        for number, name in enumerate(["halima", "asha"]):
            user = user_named(name)
            identities.change_user(act(2 * number), user.user_id, partial(_always, user))
            identities.change_user(act(2 * number + 1), user.user_id, lambda it: _there(it).disabled().erased())
        assert [(it.email, it.name, it.salt) for it in identities.users()] == [("", "", "")] * 2
        assert identities.user_by_email("") is None
        assert verify_identities(identities).ok
        told = str(list(identities.identity_events()))
        assert [it for it in ("halima@example.org", "Halima", "salt of") if it in told] == []

    def test_users_are_listed_by_id_in_pages(self, identities: Identities) -> None:
        """All, or those with a role in a portfolio."""
        there = StoredGrant(Role.LANDLORD, THERE)
        for number, (name, grants) in enumerate(
            [("c", (ADMIN_HERE,)), ("a", (there, ADMIN_HERE)), ("b", (there,)), ("d", ())]
        ):
            user = user_named(name, *grants)
            identities.change_user(act(number), user.user_id, partial(_always, user))
        assert _names(identities.users()) == ["a", "b", "c", "d"]
        assert _names(identities.users(HERE)) == ["a", "c"]
        assert _names(identities.users(THERE)) == ["a", "b"]
        assert _names(identities.users(after=UserId("usr-b"))) == ["c", "d"]
        assert _names(identities.users(HERE, after=UserId("usr-a"), limit=1)) == ["c"]
        assert _names(identities.users(limit=2)) == ["a", "b"]

    def test_eight_changes_at_once_are_one_after_another(self, identities: Identities) -> None:
        """None is lost: the version and the log count every one."""
        halima = user_named("halima")
        identities.change_user(act(0), halima.user_id, lambda _: halima)

        def change(number: int) -> User:
            return identities.change_user(
                act(number), halima.user_id, lambda it: evolve(_there(it), epoch=_there(it).epoch + 1)
            )

        done = at_once([partial(change, number) for number in range(1, 9)])
        assert {it.version for it in done if isinstance(it, User)} == set(range(2, 10))
        assert identities.user(halima.user_id).epoch == 9
        assert len(list(identities.identity_events())) == 9

    def test_one_command_at_once_from_eight_has_one_effect(self, identities: Identities) -> None:
        """Eight tries of one invitation make one user and one link, and each gets the same answer."""
        halima = user_named("halima")
        done = at_once([partial(identities.change_user, act(1), halima.user_id, partial(_always, halima))] * 8)
        assert done == [halima] * 8
        assert len(list(identities.identity_events())) == 1


class ClientsContract(IdentitiesContract):
    """Clients come back as they were written, each change once."""

    def test_a_client_comes_back_whole(self, identities: Identities) -> None:
        """With scopes, roles and secrets; an unknown one is None."""
        sync = client_named("sync", *EVERY_KIND)
        assert identities.change_client(act(1), sync.client_id, lambda _: sync) == sync
        assert identities.client(sync.client_id) == sync
        assert identities.client(ClientId("nobody")) is None

    def test_a_change_is_decided_on_what_stands(self, identities: Identities) -> None:
        """Once a command id, the version counts, and a change of nothing writes nothing."""
        sync = client_named("sync")
        identities.change_client(act(1), sync.client_id, lambda _: sync)
        done = identities.change_client(act(2), sync.client_id, _disabled)
        assert (done.version, done.is_disabled) == (2, True)
        assert identities.change_client(act(2), sync.client_id, lambda _: sync) == done
        assert identities.change_client(act(3), sync.client_id, _disabled) == done
        assert len(list(identities.identity_events())) == 2

    def test_clients_are_listed_by_id_in_pages(self, identities: Identities) -> None:
        """All, or those with a role in a portfolio."""
        for number, name in enumerate(["b", "a", "c"]):
            grant = StoredGrant(Role.LANDLORD, THERE) if name == "c" else ADMIN_HERE
            client = client_named(name, grant)
            identities.change_client(act(number), client.client_id, partial(_same, client))
        assert [it.client_id for it in identities.clients()] == ["a", "b", "c"]
        assert [it.client_id for it in identities.clients(HERE)] == ["a", "b"]
        assert [it.client_id for it in identities.clients(after=ClientId("a"), limit=1)] == ["b"]


def _there(user: User | None) -> User:
    assert user is not None
    return user


def _granted(user: User | None, *grants: StoredGrant) -> User:
    return evolve(_there(user), grants=grants)


def _always(user: User, _: User | None) -> User:
    return user


def _same(client: ApiClient, _: ApiClient | None) -> ApiClient:
    return client


def _disabled(client: ApiClient | None) -> ApiClient:
    assert client is not None
    return evolve(client, is_disabled=True)


def _names(users: Iterable[User]) -> list[str]:
    return [it.user_id.removeprefix("usr-") for it in users]
