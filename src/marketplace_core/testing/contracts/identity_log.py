"""What every log of identities must do."""

from __future__ import annotations

from attrs import evolve

from marketplace_core.domain.event_log import GENESIS, verify_chain
from marketplace_core.domain.identifiers import CommandId
from marketplace_core.domain.identity.log import change_of
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.testing.contracts.identity_base import (
    ADMIN_HERE,
    IdentitiesContract,
    act,
    client_named,
    user_named,
)


class IdentityLogContract(IdentitiesContract):
    """Each change is a link, and tells no more of a person than an id."""

    def test_each_change_is_a_link(self, identities: Identities) -> None:
        """Of users and clients alike, one after another, with who, when, why, before and after."""
        _some_life(identities)
        events = list(identities.identity_events())
        assert [change_of(it).subject for it in events] == ["user:usr-halima", "client:sync", "user:usr-halima"]
        assert verify_chain(events) == identities.identity_head()
        last = events[-1]
        command = act(3)
        assert (last.actor, last.reason, last.recorded_at) == (command.actor, command.reason, command.recorded_at)
        change = change_of(last)
        assert change.before is not None
        assert "grants" not in change.before
        assert change.after["grants"] == [{"role": "admin", "portfolio_id": "p1"}]
        assert [it.sequence for it in identities.identity_events(after_sequence=1)] == [2, 3]
        assert identities.identity_event_of(CommandId("c2")) == events[1]
        assert identities.identity_event_of(CommandId("c9")) is None

    def test_no_person_is_in_the_chain(self, identities: Identities) -> None:
        """Neither address nor name nor password, hashed or not."""
        _some_life(identities)
        text = " ".join(it.payload for it in identities.identity_events()).casefold()
        for told in ("@example.org", "halima q", "$argon2id$", "salt of"):
            assert told not in text

    def test_it_is_empty_at_first_and_proves_itself(self, identities: Identities) -> None:
        """Nobody, no link; after some changes every login and client is as the last link says."""
        assert identities.identity_head() == (0, GENESIS)
        assert verify_identities(identities).ok
        _some_life(identities)
        report = verify_identities(identities)
        assert (report.findings, report.links) == ((), 3)


def _some_life(identities: Identities) -> None:
    halima = evolve(user_named("halima"), name="Halima Q", password_hash="$argon2id$…")
    sync = client_named("sync")
    identities.change_user(act(1), halima.user_id, lambda _: halima)
    identities.change_client(act(2), sync.client_id, lambda _: sync)
    identities.change_user(act(3), halima.user_id, lambda it: evolve(it or halima, grants=(ADMIN_HERE,)))
