"""The steps of random lives that link, merge and erase people."""

from __future__ import annotations

from hypothesis.stateful import rule

from marketplace_core.domain.facts import ExternalLinked, PersonRecorded
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.party import Person
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.testing.laws.term_steps import NUMBERS, PICKS, TermSteps


class PeopleSteps(TermSteps):
    """Links, merges and erases; no row of money changes."""

    @rule(number=NUMBERS, external=PICKS)
    def link(self, number: int, external: int) -> None:
        """An outside system's id stands for a lease."""
        fact = ExternalLinked(self.life.portfolio_id, "elsewhere", "lease", f"x{external % 5}", f"l{number}")
        self.attempt("link", lambda: self.store.record(self.life.command("link"), [fact]))

    @rule(number=NUMBERS, pick=PICKS)
    def erase(self, number: int, pick: int) -> None:
        """A person is forgotten, now and then."""
        if pick % 3:
            return
        before, command = self.life.state(), self.life.command(reason="they asked")
        erased = self.attempt("forget", lambda: ErasePerson(self.store)(command, PersonId(f"t{number}")))
        self.accepted["erase"] += erased.parts if erased else 0
        assert self.life.state() == before, "an erasure changed the books"

    @rule(number=NUMBERS, pick=PICKS)
    def merge(self, number: int, pick: int) -> None:
        """A tenant is recorded a second time, and found to be the same; the newer record stays, now and then."""
        if pick % 2:
            return
        known, again = PersonId(f"t{number}"), PersonId(f"t{number}-{pick % 3}")
        person = Person(again, f"Tenant {number}", (f"2547110000{pick % 100:02d}",))
        linked = ExternalLinked(self.life.portfolio_id, "condo", "contact", again, again)
        record, store = self.life.command("person.record"), self.store
        facts = [PersonRecorded(self.life.portfolio_id, person), linked]
        self.attempt("record again", lambda: store.record(record, facts))
        two = (known, again) if pick % 3 == 0 else (again, known)
        before = [row for row in self.life.state() if row.kind not in {"lease", "link"}]
        self.attempt("merge", lambda: store.merge_people(self.life.command("person.merge"), *two))
        after = [row for row in self.life.state() if row.kind not in {"lease", "link"}]
        assert after == before, "a merge changed more than leases and links"
