"""Digests of what a decision rests on, so that a certificate holds only on the books it was made on.

Shared as code: a certificate is made and checked with the same digests; independence is not claimed for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.payment import PayerAlias
from marketplace_core.domain.reconciliation.inputs import (
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    UnappliedPayment,
)
from marketplace_core.domain.reconciliation.rules import rule_set_hash


class InputDigests:
    """Digests over one portfolio's view; those of a lease are made when they are first asked, and once."""

    def __init__(
        self,
        given: ReconciliationInput,
        leases: Mapping[LeaseId, LeaseProfile],
        invoices: Mapping[LeaseId, Sequence[OpenInvoice]],
    ) -> None:
        """Take the view, and its leases and their open invoices by lease."""
        self.rules_hash = rule_set_hash(given.rules)
        self._given = given
        self._leases = leases
        self._invoices = invoices
        self._aliases: defaultdict[str, list[PayerAlias]] = defaultdict(list)
        for alias in given.aliases:
            self._aliases[alias.lease_id].append(alias)
        self._known: dict[LeaseId, tuple[bytes, bytes]] = {}

    def of(self, payment: UnappliedPayment, leases: Iterable[LeaseId]) -> tuple[str, str]:
        """Digests of the payment and of what the books say of the leases concerned: public part, personal part.

        Two, so that erasing a person leaves the first one provable.
        """
        public = _digest(
            [
                self._given.portfolio_id,
                self._given.as_of.isoformat(),
                payment.payment_id,
                str(payment.unapplied.amount_minor),
                payment.unapplied.currency.code,
                payment.value_date.isoformat(),
                self.rules_hash,
            ]
        )
        personal = _digest([payment.payer.name, payment.payer.phone, payment.reference_text])
        for lease_id in sorted(set(leases)):
            one, other = self._of_lease(lease_id)
            public.update(one)
            personal.update(other)
        return public.hexdigest(), personal.hexdigest()

    def _of_lease(self, lease_id: LeaseId) -> tuple[bytes, bytes]:
        known = self._known.get(lease_id)
        if known is None:
            known = self._known[lease_id] = self._digest_lease(self._leases[lease_id])
        return known

    def _digest_lease(self, lease: LeaseProfile) -> tuple[bytes, bytes]:
        public = [lease.lease_id, lease.currency.code, lease.reference, lease.unit_code]
        for one in self._invoices.get(lease.lease_id, ()):
            public += [one.invoice_id, one.number, str(one.open_amount.amount_minor), one.due_date.isoformat()]
            public += [one.issue_date.isoformat(), str(one.period)]
        personal = [part for tenant in lease.tenants for part in (tenant.name, *tenant.phones)]
        personal += [
            part for alias in self._aliases.get(lease.lease_id, ()) for part in (alias.kind, alias.text, alias.origin)
        ]
        return _digest(public).digest(), _digest(personal).digest()


def _digest(parts: list[str]) -> blake2b:
    return blake2b("\x1f".join(parts).encode(), digest_size=16)
