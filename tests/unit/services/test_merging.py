"""One person of two, in the books and among the logins: whole, once, and completed after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from attrs import evolve, frozen
from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PersonMerged
from marketplace_core.domain.identifiers import ClientId, LeaseId, PersonId, PropertyId, UserId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant, repointed
from marketplace_core.domain.identity.users import User
from marketplace_core.domain.merging import merge_facts, united
from marketplace_core.domain.party import ExternalId, Person, Property, Role
from marketplace_core.domain.same_people import likely_same_people
from marketplace_core.domain.state_rows import person_row, row_of
from marketplace_core.errors import IllegalTransition, InvalidInput, StoreUnavailable
from marketplace_core.services.identity.known import RequireKnown
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.services.identity.repointing import RepointGrants
from marketplace_core.services.identity.resolve import ResolveGrants
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.services.merging import MergePeople
from marketplace_core.services.people import LinkPerson
from marketplace_core.services.person_export import ExportPerson
from marketplace_core.services.row_laws import RowLaws
from marketplace_core.testing.contracts.identity_base import act, client_named, user_named
from marketplace_core.testing.identity import MemoryIdentities
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

TWICE, KEPT = PersonId("t1"), PersonId("t2")


class Falling(MemoryIdentities):
    """Identities whose machine falls after so many changes."""

    left = 99

    @override
    def change_user(self, command: Command, user_id: UserId, decide: Callable[[User | None], User]) -> User:
        self._step()
        return super().change_user(command, user_id, decide)

    @override
    def change_client(
        self, command: Command, client_id: ClientId, decide: Callable[[ApiClient | None], ApiClient]
    ) -> ApiClient:
        self._step()
        return super().change_client(command, client_id, decide)

    def _step(self) -> None:
        if not self.left:
            raise StoreUnavailable("the machine fell")
        self.left -= 1


@frozen
class House:
    """A book whose tenants sign in."""

    life: PortfolioLife
    identities: Falling

    @property
    def merge(self) -> MergePeople:
        """The use case."""
        repoint = RepointGrants(self.identities, self.life.store)
        return MergePeople(self.life.store, self.life.store, repoint)


@pytest.fixture
def house() -> House:
    """Give a book in which t1 rents unit 1, t2 unit 2; each with a login, and a client for t1."""
    life = PortfolioLife(MemoryBooks()).opened()
    life.let(1)
    life.let(2)
    identities = Falling()
    tenants = (("a", TWICE), ("b", KEPT), ("c", TWICE))
    users = [user_named(name, StoredGrant(Role.TENANT, life.portfolio_id, who)) for name, who in tenants]
    for number, user in enumerate(users):
        identities.change_user(act(number), user.user_id, partial(_given, user))
    client = client_named("app", StoredGrant(Role.TENANT, life.portfolio_id, TWICE))
    identities.change_client(act(9), client.client_id, lambda _: client)
    return House(life, identities)


def _given(user: User, _: User | None) -> User:
    return user


def people_of(identities: MemoryIdentities) -> Iterator[str]:
    """Who each login and client is."""
    holders: list[User | ApiClient] = [*identities.users(), *identities.clients()]
    return (str(one.person_id) for it in holders for one in it.grants)


def test_logins_name_who_stands_for_them(house: House) -> None:
    """Users and clients are changed with a link each, and the answer names all that changed."""
    done = house.merge(house.life.command("person.merge"), TWICE, KEPT)
    assert (done.leases, done.kept.phones) == ((LeaseId("l1"),), ("254700000002", "254700000001"))
    assert done.phones == ("254700000001",)
    assert done.logins == ("user:usr-a", "user:usr-c", "client:app")
    assert set(people_of(house.identities)) == {KEPT}
    assert verify_identities(house.identities).ok
    assert house.identities.user(UserId("usr-a")).version == 2


@pytest.mark.parametrize("reached", [0, 1, 2])
@pytest.mark.parametrize("is_same", [True, False])
def test_a_crash_in_between_is_completed_by_the_next_run(house: House, reached: int, *, is_same: bool) -> None:
    """By the same command or another one; who was not reached yet sees their leases meanwhile."""
    house.identities.left = reached
    command = house.life.command("person.merge")
    with pytest.raises(StoreUnavailable):
        house.merge(command, TWICE, KEPT)
    assert house.life.store.person(house.life.portfolio_id, TWICE).merged_into == KEPT
    for user in house.identities.users():
        (grant,) = ResolveGrants(house.life.store)(user.grants)
        assert grant.lease_ids == {"l1", "l2"}
    house.identities.left = 99
    done = house.merge(command if is_same else house.life.command("person.merge"), TWICE, KEPT)
    assert len(done.logins) == 3 - reached
    assert set(people_of(house.identities)) == {KEPT}
    links = len(list(house.identities.identity_events()))
    assert house.merge(command, TWICE, KEPT).logins == ()
    assert len(list(house.identities.identity_events())) == links == 7


def test_a_dry_run_names_all_that_would_change_and_changes_nothing(house: House) -> None:
    """Leases, links, phones and logins are those of the merge."""
    link = LinkPerson(house.life.store, house.life.store)
    link(house.life.command(), "condo", "contact", "c-1", TWICE)
    state, links = house.life.state(), len(list(house.identities.identity_events()))
    would = house.merge(house.life.command("person.merge"), TWICE, KEPT, dry_run=True)
    assert (house.life.state(), len(list(house.identities.identity_events()))) == (state, links)
    assert would.links == (ExternalId("condo", "contact", "c-1"),)
    assert house.merge(house.life.command("person.merge"), TWICE, KEPT) == would


def test_a_merge_says_why(house: House) -> None:
    """Without a reason it is refused."""
    with pytest.raises(InvalidInput, match="why"):
        house.merge(house.life.command(reason=" "), TWICE, KEPT)


def test_no_role_is_given_to_who_was_merged(house: House) -> None:
    """The refusal names who stands for them."""
    house.merge(house.life.command("person.merge"), TWICE, KEPT)
    known = RequireKnown(house.life.store, house.life.store)
    with pytest.raises(IllegalTransition, match=KEPT):
        known(StoredGrant(Role.TENANT, house.life.portfolio_id, TWICE))
    known(StoredGrant(Role.TENANT, house.life.portfolio_id, KEPT))


def test_the_export_of_who_stands_for_both_tells_of_both(house: House) -> None:
    """Their leases, links and what was told of the duplicate; the duplicate alone is not handed out."""
    store, own = house.life.store, house.life.portfolio_id
    house.merge(house.life.command("person.merge"), TWICE, KEPT)
    export = ExportPerson(*[store] * 10)
    told = export(own, KEPT)
    assert [it["lease_id"] for it in told["leases"]] == ["l1", "l2"]
    assert [it["name"] for it in told["merged"]] == ["Tenant 1"]
    with pytest.raises(IllegalTransition, match=KEPT):
        export(own, TWICE)


def test_who_was_merged_is_proposed_no_more(house: House) -> None:
    """Their phone is the kept person's too, and says nothing new."""
    people = house.life.store.people
    RecordDirectory(house.life.store)(house.life.command(), people=[Person(TWICE, "One", ("0700000002",))])
    assert len(likely_same_people(people(house.life.portfolio_id).values())) == 1
    house.merge(house.life.command("person.merge"), TWICE, KEPT)
    assert likely_same_people(people(house.life.portfolio_id).values()) == ()


def test_phones_are_united_whatever_their_form() -> None:
    """The kept person's come first, the same number in another form is not there twice; what is told stays."""
    kept = Person(KEPT, "Kept", ("254700000002",), national_id="1")
    twice = Person(TWICE, "Twice", ("0700 000 002", "0711000000"), "t@example.org", "2")
    assert united(kept, twice) == Person(KEPT, "Kept", ("254700000002", "0711000000"), "t@example.org", "1")


HERE = PortfolioLife(MemoryBooks()).portfolio_id
ONE, TWO = (PropertyId("one"),), (PropertyId("two"),)


@pytest.mark.parametrize(
    ("of_kept", "of_duplicate", "after"),
    [
        ({"property_ids": ONE}, {"property_ids": TWO}, {"property_ids": ONE + TWO}),
        ({"property_ids": ONE}, {}, {}),
        ({}, {"property_ids": TWO}, {}),
        ({"own_properties_only": True}, {"own_properties_only": True}, {"own_properties_only": True}),
        ({"own_properties_only": True}, {"property_ids": TWO}, {"own_properties_only": True}),
        ({"property_ids": ONE}, {"own_properties_only": True}, {"property_ids": ONE}),
    ],
)
def test_two_roles_that_become_one_reach_what_both_did(
    of_kept: dict[str, object], of_duplicate: dict[str, object], after: dict[str, object]
) -> None:
    """But for own properties beside named ones, where that of the kept person is left."""
    held = tuple(
        StoredGrant(Role.LANDLORD, HERE, who, **extent)  # type: ignore[arg-type]
        for who, extent in ((KEPT, of_kept), (TWICE, of_duplicate))
    )
    assert repointed(held, HERE, {TWICE: KEPT}) == (StoredGrant(Role.LANDLORD, HERE, KEPT, **after),)  # type: ignore[arg-type]


def test_roles_elsewhere_and_of_others_stay() -> None:
    """A merge is of one portfolio."""
    held = (StoredGrant(Role.TENANT, HERE, KEPT), StoredGrant(Role.ADMIN, None, TWICE))
    assert repointed(held, HERE, {TWICE: KEPT}) is held


def test_a_store_without_logins_merges_too(house: House) -> None:
    """Then nothing is said of any."""
    bare = evolve(house.merge, repoint=None)
    assert bare(house.life.command("person.merge"), TWICE, KEPT).logins == ()
    assert house.identities.client(ClientId("app")) is not None


@pytest.mark.parametrize("merged", [TWICE, KEPT])
def test_the_decision_itself_refuses_who_was_merged(merged: PersonId) -> None:
    """On either side, before any store looks."""
    people = {it: Person(it, "Somebody") for it in (TWICE, KEPT, PersonId("t3"))}
    people[merged] = evolve(people[merged], merged_into=PersonId("t3"))
    with pytest.raises(IllegalTransition, match="t3"):
        merge_facts(PersonMerged(HERE, TWICE, KEPT), people, (), (), ())


def test_a_lease_or_property_that_names_who_was_merged_is_found(house: House) -> None:
    """So is a mark that names somebody marked: whoever altered a table, the rows do not agree."""
    store, own = house.life.store, house.life.portfolio_id
    lease = store.lease(own, LeaseId("l1"))
    home = Property(own, PropertyId("home"), "Home", PersonId("t3"))
    laws = RowLaws()
    list(laws.passing([row_of(lease), row_of(home)]))
    people = [Person(TWICE, "One", merged_into=KEPT), Person(PersonId("t3"), "Three", merged_into=TWICE)]
    list(laws.passing_evidence(map(person_row, people)))
    assert [(it.check, it.subject) for it in laws.findings()] == [
        ("who was merged is named by nothing", "lease l1"),
        ("who was merged is named by nothing", "property home"),
        ("who was merged is named by nothing", "person t3"),
    ]
