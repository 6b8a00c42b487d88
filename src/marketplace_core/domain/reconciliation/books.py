"""Look-up tables over one portfolio's books: which leases bear a text, a phone, a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from typing import Final, TypeVar

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import PayerAlias
from marketplace_core.domain.reconciliation.inputs import (
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    UnappliedPayment,
)
from marketplace_core.domain.reconciliation.names import name_words
from marketplace_core.domain.reconciliation.phones import (
    PhoneForm,
    SamePhone,
    SeenPhone,
    clear_phone,
    hashed_phone,
    same_as_seen,
)
from marketplace_core.domain.reconciliation.reading import checked_reference, invoice_number_key
from marketplace_core.domain.reconciliation.rules import rule_set_hash
from marketplace_core.domain.reference import normalise
from marketplace_core.errors import NotFound

NAMESAKES_MOST: Final = 16
"""Words of a name that more leases share tell nothing."""
FITS_MOST: Final = 8
"""A masked phone that fits more leases names none of them."""
_SUFFIX: Final = 3
_PLAIN_SHORTEST: Final = 4

_Key = TypeVar("_Key")


def _tables(pairs: Iterable[tuple[_Key, LeaseId]]) -> dict[_Key, tuple[LeaseId, ...]]:
    """Each key's leases, in order, each once."""
    grouped: defaultdict[_Key, set[LeaseId]] = defaultdict(set)
    for key, lease_id in pairs:
        grouped[key].add(lease_id)
    return {key: tuple(sorted(leases)) for key, leases in grouped.items()}


class Books:
    """Tables built once for a run, each when it is first asked; every look-up takes constant time."""

    def __init__(self, given: ReconciliationInput) -> None:
        """Take one portfolio's view."""
        self.given = given
        self.rules = given.rules
        self.rules_hash = rule_set_hash(given.rules)
        self.leases: dict[LeaseId, LeaseProfile] = {lease.lease_id: lease for lease in given.leases}
        self.invoices: defaultdict[LeaseId, list[OpenInvoice]] = defaultdict(list)
        for invoice in given.open_invoices:
            self.invoices[invoice.lease_id].append(invoice)
        self._by_id = {invoice.invoice_id: invoice for invoice in given.open_invoices}
        self._digests: dict[LeaseId, tuple[bytes, bytes]] = {}

    def open_invoices(self, lease_id: LeaseId) -> list[OpenInvoice]:
        """A lease's open invoices, oldest due first."""
        return self.invoices.get(lease_id, [])

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
        return _tables(
            (found, lease.lease_id) for lease in self.given.leases if (found := checked_reference(lease.reference))
        )

    @cached_property
    def plain_references(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by a reference without check character, of four signs or more."""
        return _tables(
            (plain, lease.lease_id)
            for lease in self.given.leases
            if len(plain := normalise(lease.reference)) >= _PLAIN_SHORTEST and not checked_reference(plain)
        )

    @cached_property
    def unit_codes(self) -> dict[str, tuple[LeaseId, ...]]:
        """Leases by unit code."""
        return _tables((plain, lease.lease_id) for lease in self.given.leases if (plain := normalise(lease.unit_code)))

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
        return _tables(self._phones())

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
    def _named(self) -> list[tuple[tuple[str, ...], LeaseId]]:
        return [(name_words(tenant.name), lease.lease_id) for lease in self.given.leases for tenant in lease.tenants]

    @cached_property
    def _names(self) -> dict[tuple[str, ...], tuple[LeaseId, ...]]:
        return _tables(
            (key, lease_id) for words, lease_id in self._named for key in (*_whole_keys(words), *_name_keys(words))
        )

    @cached_property
    def _short_names(self) -> dict[tuple[str, ...], tuple[LeaseId, ...]]:
        return _tables((key, lease_id) for words, lease_id in self._named for key in _short_keys(words))

    def namesakes(self, words: tuple[str, ...]) -> set[LeaseId]:
        """The leases with a name of the same words; failing that, two of them; failing that, one and an initial.

        Words that more than ``NAMESAKES_MOST`` leases share are left out.
        """
        tables: list[tuple[dict[tuple[str, ...], tuple[LeaseId, ...]], Iterator[tuple[str, ...]]]] = [
            (self._names, _whole_keys(words)),
            (self._names, _name_keys(words)),
            (self._short_names, _short_keys(words)),
        ]
        found: set[LeaseId] = set()
        for names, keys in tables:
            for key in keys:
                leases = names.get(key, ())
                if len(leases) <= NAMESAKES_MOST:
                    found.update(leases)
            if found:
                break
        return found

    @cached_property
    def amounts(self) -> dict[tuple[int, str], tuple[LeaseId, ...]]:
        """Leases by the open amount of one of their invoices."""
        return _tables(
            ((one.open_amount.amount_minor, one.open_amount.currency.code), one.lease_id)
            for one in self.given.open_invoices
        )

    def digests(self, lease_id: LeaseId) -> tuple[bytes, bytes]:
        """Digests of what the books say of a lease: the public part and the personal one."""
        known = self._digests.get(lease_id)
        if known is None:
            known = self._digests[lease_id] = self._digest(lease_id)
        return known

    def _digest(self, lease_id: LeaseId) -> tuple[bytes, bytes]:
        lease = self.leases[lease_id]
        public = [lease_id, lease.currency.code, lease.reference, lease.unit_code]
        for one in self.open_invoices(lease_id):
            public += [one.invoice_id, one.number, str(one.open_amount.amount_minor), one.due_date.isoformat()]
            public += [one.issue_date.isoformat(), str(one.period)]
        personal = [part for tenant in lease.tenants for part in (tenant.name, *tenant.phones)]
        personal += [
            part for alias in self._aliases_of.get(lease_id, []) for part in (alias.kind, alias.text, alias.origin)
        ]
        return _digest(public).digest(), _digest(personal).digest()

    @cached_property
    def _aliases_of(self) -> dict[str, list[PayerAlias]]:
        found: defaultdict[str, list[PayerAlias]] = defaultdict(list)
        for alias in self.given.aliases:
            found[alias.lease_id].append(alias)
        return dict(found)

    def input_hashes(self, payment: UnappliedPayment, leases: Iterable[LeaseId]) -> tuple[str, str]:
        """Digests of the payment and of what the books say of the leases concerned: public part, personal part.

        Two, so that erasing a person leaves the first one provable.
        """
        public = _digest(
            [
                self.given.portfolio_id,
                self.given.as_of.isoformat(),
                payment.payment_id,
                str(payment.unapplied.amount_minor),
                payment.unapplied.currency.code,
                payment.value_date.isoformat(),
                self.rules_hash,
            ]
        )
        personal = _digest([payment.payer.name, payment.payer.phone, payment.reference_text])
        for lease_id in sorted(set(leases)):
            one, other = self.digests(lease_id)
            public.update(one)
            personal.update(other)
        return public.hexdigest(), personal.hexdigest()


def _digest(parts: list[str]) -> blake2b:
    return blake2b("\x1f".join(parts).encode(), digest_size=16)


def _whole_keys(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The whole name, where it has three words or more: a pair is its own key."""
    if len(words) > 2 and min(map(len, words)) > 1:  # noqa: PLR2004
        yield words


def _name_keys(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Each pair of whole words."""
    whole = [word for word in words if len(word) > 1]
    for place, one in enumerate(whole):
        for other in whole[place + 1 :]:
            yield (one, other)


def _short_keys(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Each whole word with each other's initial."""
    for one in words:
        for other in words:
            if other is not one and len(one) > 1:
                yield (other[0], one)


def money_text(amount: Money) -> str:
    """An amount for comparing: minor units and currency."""
    return f"{amount.amount_minor} {amount.currency.code}"
