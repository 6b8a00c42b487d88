"""Hand out everything that the books hold of a person, for whoever asks what is known of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve, frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.codec import to_plain
from marketplace_core.domain.erasure import everybody, payments_of, phone_texts, tells_name
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PersonId, PortfolioId
from marketplace_core.domain.listings.applications import APPLICANT
from marketplace_core.domain.listings.erasing import Asker, signs_of
from marketplace_core.domain.maintenance.erasing import Whose, told_of
from marketplace_core.domain.matching import Match
from marketplace_core.domain.occupancy import CONTACT, Occupancy, is_theirs
from marketplace_core.domain.paging import Filter, Operator, PageAsk
from marketplace_core.domain.party import Person
from marketplace_core.domain.register import RECEIPTS, TICKETS
from marketplace_core.errors import NotFound
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.event_log import BooksState
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.inquiries import Inquiries
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.ports.payment_inbox import PaymentInbox
from marketplace_core.ports.register import Register
from marketplace_core.ports.tickets import Tickets

Plain = dict[str, Any]


@frozen
class ExportPerson:
    """Gathers the same as erasure would empty, and the leases and money beside it, as plain JSON.

    What is told of those who were merged into the person is theirs too; of these alone nothing is handed out.

    Payments are those given to the person's leases, told with a phone of theirs, or given to nobody and told with
    their name. Of a payment shared with other leases only the person's part is told; certificates, which speak of
    others too, are left out. It reads the whole book, as a request for access is rare.
    """

    directory: Directory
    accounts: LeaseAccounts
    inbox: PaymentInbox
    matches: Matches
    register: Register
    state: BooksState
    occupancies: Occupancies
    tickets: Tickets
    applications: Applications
    inquiries: Inquiries

    def __call__(self, portfolio_id: PortfolioId, person_id: PersonId) -> Plain:
        """Everything of a person; ``NotFound`` where the portfolio neither knows them nor has a lease of theirs."""
        known = self.directory.people(portfolio_id)
        person = known.get(person_id)
        merged = [it for it in known.values() if it.merged_into == person_id]
        people = everybody(person or Person(person_id, ""), merged)
        own = frozenset(it.person_id for it in people)
        accounts = [it for it in self.accounts.accounts(portfolio_id) if not own.isdisjoint(it.lease.tenant_ids)]
        if person is None and not accounts:
            raise NotFound(f"portfolio {portfolio_id} has no person {person_id}")
        lease_ids = frozenset(it.lease.lease_id for it in accounts)
        matches = list(self.matches.matches(portfolio_id))
        payment_ids = self._payments(portfolio_id, people, matches, lease_ids)
        ours = {*own, *lease_ids, *payment_ids, *(it.invoice_id for one in accounts for it in one.invoices)}
        return {
            "portfolio": portfolio_id,
            "person": None if person is None else to_plain(person),
            "merged": [to_plain(it) for it in merged],
            "leases": [_lease(it) for it in accounts],
            "payments": [self._payment(portfolio_id, it, matches, lease_ids) for it in sorted(payment_ids)],
            "aliases": self._aliases(portfolio_id, own, lease_ids),
            "tickets": self._tickets(portfolio_id, people),
            "occupancies": [to_plain(it) for it in self._occupancies(portfolio_id, people)],
            **self._asked(portfolio_id, people),
            "links": list(self._links(portfolio_id, ours)),
        }

    def _aliases(
        self, portfolio_id: PortfolioId, person_ids: frozenset[PersonId], lease_ids: frozenset[LeaseId]
    ) -> list[Plain]:
        found = self.matches.aliases(portfolio_id)
        return [to_plain(it) for it in found if it.lease_id in lease_ids or it.person_id in person_ids]

    def _occupancies(self, portfolio_id: PortfolioId, people: tuple[Person, ...]) -> Iterator[Occupancy]:
        links = [link for it in people for link in self.directory.external_ids(portfolio_id, it.person_id)]
        contacts = {(it.system, it.external_id) for it in links if it.kind == CONTACT}
        phones = phone_texts(people)
        return (it for it in self.occupancies.occupancies(portfolio_id) if is_theirs(it, contacts, phones))

    def _asked(self, portfolio_id: PortfolioId, people: tuple[Person, ...]) -> Plain:
        """The applications and inquiries that are theirs."""
        links = [link for it in people for link in self.directory.external_ids(portfolio_id, it.person_id)]
        accounts = frozenset((it.system, it.external_id) for it in links if it.kind == APPLICANT)
        asker = Asker(frozenset(it.person_id for it in people), signs_of(people), accounts)
        applications = filter(asker.wrote, self.applications.applications(portfolio_id))
        inquiries = filter(asker.wrote, self.inquiries.inquiries(portfolio_id))
        return {
            "applications": [to_plain(it) for it in applications],
            "inquiries": [to_plain(it) for it in inquiries],
        }

    def _payments(
        self,
        portfolio_id: PortfolioId,
        people: tuple[Person, ...],
        matches: Iterable[Match],
        lease_ids: frozenset[LeaseId],
    ) -> frozenset[PaymentId]:
        matches = list(matches)
        phones = phone_texts(people)
        given = {it.payment_id for it in matches if it.undone_at is None}
        found = set(payments_of(matches, lease_ids))
        for it in self.inbox.payments(portfolio_id):
            by_name = it.payment_id not in given and tells_name(people, it.payer, it.reference_text)
            if it.payer.phone in phones or by_name:
                found.add(it.payment_id)
        for row in self.state.evidence_state(portfolio_id):
            if row.kind == "report" and phones and _phone_of(row.body) in phones:
                found.add(PaymentId(row.key.split("/", 1)[0]))
        return frozenset(found)

    def _payment(
        self,
        portfolio_id: PortfolioId,
        payment_id: PaymentId,
        matches: Iterable[Match],
        lease_ids: frozenset[LeaseId],
    ) -> Plain:
        standing = self.inbox.payment(portfolio_id, payment_id)
        asked = PageAsk(500, filters=(Filter("payment_id", Operator.EQUAL, payment_id),))
        receipts = self.register.page(Reach(portfolio_id, is_whole=True), RECEIPTS, asked).entries
        return {
            **to_plain(standing.payment),
            "reports": [to_plain(it) for it in self.inbox.reports(portfolio_id, payment_id)],
            "given_to": [
                {"match": it.match_id, "undone": it.undone_at is not None, **to_plain(part)}
                for it in matches
                if it.payment_id == payment_id
                for part in it.slices
                if part.lease_id in lease_ids
            ],
            "receipts": [to_plain(it.receipt) for it in receipts],
        }

    def _tickets(self, portfolio_id: PortfolioId, people: tuple[Person, ...]) -> list[Plain]:
        """The tickets that tell of them, without what the system outside was to be told."""
        whose = Whose(people, phone_texts(people))
        pages = self.register.page
        reach, ask = Reach(portfolio_id, is_whole=True), PageAsk(500)
        found: list[Plain] = []
        while True:
            page = pages(reach, TICKETS, ask)
            files = (self.tickets.ticket_file(portfolio_id, it.ticket.ticket_id) for it in page.entries)
            found += [to_plain(evolve(it, intents=())) for it in told_of(files, whose)]
            if page.next is None:
                return found
            ask = evolve(ask, after=page.next)

    def _links(self, portfolio_id: PortfolioId, ours: set[Any]) -> Iterator[Plain]:
        for row in self.state.state(portfolio_id):
            if row.kind > "link":
                return
            if row.kind == "link" and json.loads(row.body) in ours:
                system, kind, external_id = row.key.split("/", 2)
                yield {"system": system, "kind": kind, "external_id": external_id, "our_id": json.loads(row.body)}


def _lease(account: LeaseAccount) -> Plain:
    return {
        **to_plain(account.lease),
        "invoices": [to_plain(it) for it in account.invoices],
        "voids": [{"invoice_id": it.invoice.invoice_id, "on": it.voided_on.isoformat()} for it in account.voids],
        "credit_notes": [to_plain(it) for it in account.credit_notes],
        "credits": [to_plain(it) for it in account.credits],
        "refunds": [to_plain(it) for it in account.uses],
        "deposit": [to_plain(it) for it in account.deposit_entries],
    }


def _phone_of(report: str) -> str:
    """The phone that a report's row of evidence tells, empty where it tells none."""
    _, told = json.loads(report)
    phone: str = told.get("payer", {}).get("phone", "")
    return phone
