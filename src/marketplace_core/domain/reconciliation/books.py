"""Look-up tables over one portfolio's books: which leases bear a text, a phone, a name.

Shared as code: deciding and checking look up in the same tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.payment import PayerAlias
from marketplace_core.domain.reconciliation.digests import InputDigests
from marketplace_core.domain.reconciliation.inputs import LeaseProfile, OpenInvoice, ReconciliationInput
from marketplace_core.domain.reconciliation.lease_index import lease_index
from marketplace_core.domain.reconciliation.namesakes import Namesakes
from marketplace_core.domain.reconciliation.phones import (
    PhoneForm,
    SamePhone,
    SeenPhone,
    clear_phone,
    hashed_phone,
    same_as_seen,
)
from marketplace_core.domain.reconciliation.reading import checked_reference, invoice_number_key
from marketplace_core.domain.reference import normalise
from marketplace_core.errors import NotFound

FITS_MOST: Final = 8
"""A masked phone that fits more leases names none of them."""
_SUFFIX: Final = 3
_PLAIN_SHORTEST: Final = 4


class Books:
    """Tables built once for a run, each when it is first asked; every look-up takes constant time."""

    def __init__(self, given: ReconciliationInput) -> None:
        """Take one portfolio's view."""
        self.given = given
        self.rules = given.rules
        self.leases: dict[LeaseId, LeaseProfile] = {lease.lease_id: lease for lease in given.leases}
        self.invoices: defaultdict[LeaseId, list[OpenInvoice]] = defaultdict(list)
        for invoice in given.open_invoices:
            self.invoices[invoice.lease_id].append(invoice)
        self._by_id = {invoice.invoice_id: invoice for invoice in given.open_invoices}

    def open_invoices(self, lease_id: LeaseId) -> list[OpenInvoice]:
        """A lease's open invoices, oldest due first."""
        return self.invoices.get(lease_id, [])

    def is_open(self, invoice_id: InvoiceId) -> bool:
        """True for the id of an open invoice."""
        return invoice_id in self._by_id

    def invoice(self, invoice_id: InvoiceId) -> OpenInvoice:
        """An open invoice by id; ``NotFound`` where it is not open or not there."""
        found = self._by_id.get(invoice_id)
        if found is None:
            raise NotFound(f"invoice {invoice_id} is not open in portfolio {self.given.portfolio_id}")
        return found

    @cached_property
    def _by_currency(self) -> dict[str, list[OpenInvoice]]:
        found: defaultdict[str, list[OpenInvoice]] = defaultdict(list)
        for invoice in self.given.open_invoices:
            found[invoice.open_amount.currency.code].append(invoice)
        return dict(found)

    def open_in(self, currency_code: str) -> list[OpenInvoice]:
        """Every open invoice of a currency."""
        return self._by_currency.get(currency_code, [])

    @cached_property
    def references(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by payment reference with a right check character."""
        return lease_index(
            (found, lease.lease_id) for lease in self.given.leases if (found := checked_reference(lease.reference))
        )

    @cached_property
    def plain_references(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by a reference without check character, of four signs or more."""
        return lease_index(
            (plain, lease.lease_id)
            for lease in self.given.leases
            if len(plain := normalise(lease.reference)) >= _PLAIN_SHORTEST and not checked_reference(plain)
        )

    @cached_property
    def unit_codes(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by unit code."""
        return lease_index(
            (plain, lease.lease_id) for lease in self.given.leases if (plain := normalise(lease.unit_code))
        )

    @cached_property
    def numbers(self) -> dict[str, list[OpenInvoice]]:
        """Open invoices by number."""
        found: defaultdict[str, list[OpenInvoice]] = defaultdict(list)
        for invoice in self.given.open_invoices:
            key = invoice_number_key(invoice.number)
            if key:
                found[key].append(invoice)
        return dict(found)

    def _phones(self) -> Iterator[tuple[str, LeaseId]]:
        for lease in self.given.leases:
            for tenant in lease.tenants:
                for phone in tenant.phones:
                    clear = clear_phone(phone)
                    if clear:
                        yield clear, lease.lease_id

    @cached_property
    def phones(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by their people's phones, as ``2547…``."""
        return lease_index(self._phones())

    @cached_property
    def hashed_phones(self) -> dict[str, str]:
        """The phones in clear by their SHA-256."""
        return {hashed_phone(clear): clear for clear in self.phones}

    @cached_property
    def _suffixes(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for clear in self.phones:
            found[clear[-_SUFFIX:]].append(clear)
            found[clear[-_SUFFIX - 1 :]].append(clear)
        return dict(found)

    def fits(self, seen: SeenPhone) -> tuple[LeaseId, ...]:
        """The leases whose people have a phone that fits a masked one, at least three last digits being shown."""
        if seen.form is not PhoneForm.MASKED or seen.shown < _SUFFIX:
            return ()
        near = self._suffixes.get(seen.suffix[-_SUFFIX - 1 :], [])
        fitting = [clear for clear in near if same_as_seen(clear, seen) is SamePhone.COMPATIBLE]
        return tuple(sorted({lease_id for clear in fitting for lease_id in self.phones[clear]}))

    def is_telling(self, seen: SeenPhone) -> bool:
        """True where a stranger's masked phone would fit some phone of the portfolio only rarely."""
        return len(self.phones) * 10_000 <= self.rules.stranger_basis_points * int(10**seen.shown)

    @cached_property
    def aliases(self) -> dict[tuple[str, str], list[PayerAlias]]:
        """Learned aliases by kind and text, of leases that are there."""
        found: defaultdict[tuple[str, str], list[PayerAlias]] = defaultdict(list)
        for alias in self.given.aliases:
            if alias.lease_id in self.leases:
                found[alias.kind, alias.text].append(alias)
        return dict(found)

    @cached_property
    def namesakes(self) -> Namesakes:
        """Leases by the words of their people's names."""
        return Namesakes(self.given.leases)

    @cached_property
    def amounts(self) -> dict[tuple[int, str], tuple[LeaseId, ...]]:
        """Leases by the open amount of one of their invoices."""
        return lease_index(
            ((one.open_amount.amount_minor, one.open_amount.currency.code), one.lease_id)
            for one in self.given.open_invoices
        )

    @cached_property
    def digests(self) -> InputDigests:
        """Digests of a payment and of what is known of leases."""
        return InputDigests(self.given, self.leases, self.invoices)
