"""The gate: turns ids into things that the actor may act on; every write of an entrypoint passes it."""

from __future__ import annotations

from typing import Final, TypeVar

from attrs import evolve, frozen

from marketplace_core.domain.access import Action, Actor, Reach, reach_of
from marketplace_core.domain.identifiers import (
    ApplicationId,
    InvoiceId,
    LeaseId,
    ListingId,
    PaymentId,
    PersonId,
    PortfolioId,
    PropertyId,
    TicketId,
    UnitId,
)
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.maintenance.ticket import Ticket
from marketplace_core.domain.paging import Kind
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.register import (
    APPLICATIONS,
    CREDIT_NOTES,
    INQUIRIES,
    INVOICES,
    LEASES,
    LISTINGS,
    PAYMENTS,
    PEOPLE,
    PROPERTIES,
    RECEIPTS,
    TICKETS,
    UNITS,
    ApplicationEntry,
)
from marketplace_core.errors import NotFound, NotPermitted
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.register import Register

E = TypeVar("E")

READ_ACTIONS: Final = {
    PROPERTIES.name: Action.READ_PROPERTY,
    UNITS.name: Action.READ_PROPERTY,
    PEOPLE.name: Action.READ_PERSON,
    LEASES.name: Action.READ_LEASE,
    INVOICES.name: Action.READ_MONEY,
    CREDIT_NOTES.name: Action.READ_MONEY,
    PAYMENTS.name: Action.READ_MONEY,
    RECEIPTS.name: Action.READ_MONEY,
    TICKETS.name: Action.READ_MAINTENANCE,
    LISTINGS.name: Action.READ_LISTING,
    APPLICATIONS.name: Action.READ_INQUIRY,
    INQUIRIES.name: Action.READ_INQUIRY,
}
"""What reading entries of each kind takes, by the kind's name."""


@frozen
class Gate:
    """Gives what is asked for, or refuses.

    ``NotFound`` for what the actor may not see, in the words for what is not there; ``NotPermitted`` for what they see
    and may not do, and where their role has neither the act nor the sight of anything of the kind.
    """

    register: Register
    directory: Directory

    def reach(self, actor: Actor, action: Action, portfolio_id: PortfolioId) -> Reach:
        """How far the actor may do that in a portfolio that is there: what reads ask the register with."""
        reach = reach_of(actor, action, portfolio_id)
        self._portfolio(portfolio_id)
        return reach

    def portfolio(self, actor: Actor, action: Action, portfolio_id: PortfolioId) -> Portfolio:
        """The portfolio, for an act on the whole of it."""
        reach_of(actor, action, portfolio_id).require_whole()
        return self._portfolio(portfolio_id)

    def portfolios(self, actor: Actor) -> tuple[Portfolio, ...]:
        """Every portfolio in which the actor has a role, by id."""
        return tuple(
            it for it in self.directory.portfolios() if any(grant.is_in(it.portfolio_id) for grant in actor.grants)
        )

    def property(self, actor: Actor, action: Action, portfolio_id: PortfolioId, property_id: PropertyId) -> Property:
        """The property."""
        return self._one(actor, action, portfolio_id, PROPERTIES, property_id)

    def unit(self, actor: Actor, action: Action, portfolio_id: PortfolioId, unit_id: UnitId) -> Unit:
        """The unit."""
        return self._one(actor, action, portfolio_id, UNITS, unit_id).unit

    def person(self, actor: Actor, action: Action, portfolio_id: PortfolioId, person_id: PersonId) -> Person:
        """The person."""
        return self._one(actor, action, portfolio_id, PEOPLE, person_id)

    def lease(self, actor: Actor, action: Action, portfolio_id: PortfolioId, lease_id: LeaseId) -> Lease:
        """The lease."""
        return self._one(actor, action, portfolio_id, LEASES, lease_id).lease

    def invoice(self, actor: Actor, action: Action, portfolio_id: PortfolioId, invoice_id: InvoiceId) -> Invoice:
        """The invoice, which says of which lease it is."""
        return self._one(actor, action, portfolio_id, INVOICES, invoice_id).invoice

    def payment(self, actor: Actor, action: Action, portfolio_id: PortfolioId, payment_id: PaymentId) -> Payment:
        """The payment; for an act other than reading, all of it: each lease that has some of it must be in reach."""
        found = self._one(actor, action, portfolio_id, PAYMENTS, payment_id)
        reach = reach_of(actor, action, portfolio_id)
        if action is not Action.READ_MONEY and not reach.is_whole:
            every = self.register.one(evolve(reach, is_whole=True), PAYMENTS, payment_id)
            if every.lease_ids != found.lease_ids:
                raise NotPermitted(
                    f"payment {payment_id} was given to other leases too: ask somebody whose role reaches all of them"
                )
        return found.payment

    def ticket(self, actor: Actor, action: Action, portfolio_id: PortfolioId, ticket_id: TicketId) -> Ticket:
        """The ticket, which says of which place it is."""
        return self._one(actor, action, portfolio_id, TICKETS, ticket_id).ticket

    def listing(self, actor: Actor, action: Action, portfolio_id: PortfolioId, listing_id: ListingId) -> Listing:
        """The listing, which says of which unit it is."""
        return self._one(actor, action, portfolio_id, LISTINGS, listing_id).listing

    def application(
        self, actor: Actor, action: Action, portfolio_id: PortfolioId, application_id: ApplicationId
    ) -> ApplicationEntry:
        """The booking with its place."""
        return self._one(actor, action, portfolio_id, APPLICATIONS, application_id)

    def _portfolio(self, portfolio_id: PortfolioId) -> Portfolio:
        try:
            return self.directory.portfolio(portfolio_id)
        except NotFound as error:
            raise NotFound(f"there is no portfolio {portfolio_id}, or it is not visible to you") from error

    def _one(self, actor: Actor, action: Action, portfolio_id: PortfolioId, kind: Kind[E], key: str) -> E:
        allowed = _reach(actor, action, portfolio_id)
        if allowed is not None:
            try:
                return self.register.one(allowed, kind, key)
            except NotFound:
                if (seen := _reach(actor, READ_ACTIONS[kind.name], portfolio_id)) is None or seen == allowed:
                    raise
        else:
            seen = reach_of(actor, READ_ACTIONS[kind.name], portfolio_id)
        self.register.one(seen, kind, key)
        raise NotPermitted(
            f"{action} is not allowed on {kind.noun} {key} with your role; ask somebody whose role has it"
        )


def _reach(actor: Actor, action: Action, portfolio_id: PortfolioId) -> Reach | None:
    """How far the actor may do that, None where no role of theirs allows it."""
    try:
        return reach_of(actor, action, portfolio_id)
    except NotPermitted:
        return None
