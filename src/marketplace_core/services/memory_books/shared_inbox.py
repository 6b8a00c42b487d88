"""The inbox that portfolios share, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from typing_extensions import override

from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, PortfolioId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.ports.shared_inbox import SharedInbox
from marketplace_core.services.memory_books.sums import Sums


class Holding(Sums, SharedInbox):
    """Reports that no book has."""

    @override
    def sharers(self, account_id: CollectionAccountId) -> tuple[PortfolioId, ...]:
        with self._lock:
            found = (own for own, book in self._books.items() if account_id in book.collection_accounts)
            return tuple(sorted(found))

    @override
    def owners(self, reports: Sequence[PaymentReport]) -> Mapping[PaymentId, PortfolioId]:
        owners = self._shared.owner_of_payment
        with self._lock:
            return {it.payment_id: owners[it.payment_id] for it in reports if it.payment_id in owners}

    @override
    def hold(self, reports: Sequence[PaymentReport], held_at: datetime) -> int:
        held = self._shared.held
        with self._lock:
            before = {it.payment_id for it in held.values()}
            for report in reports:
                held.setdefault((report.payment_id, report.source, report.amount), report)
            return len({it.payment_id for it in held.values()} - before)

    @override
    def held(
        self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId] | None = None
    ) -> Iterator[PaymentReport]:
        with self._lock:
            found = [
                it
                for it in self._shared.held.values()
                if it.collection_account_id == account_id and it.payment_id not in self._shared.owner_of_payment
                if payment_ids is None or it.payment_id in payment_ids
            ]
        return iter(sorted(found, key=lambda it: it.payment_id))

    @override
    def release(self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId]) -> None:
        held, owners = self._shared.held, self._shared.owner_of_payment
        with self._lock:
            for key, report in list(held.items()):
                if key[0] in payment_ids and key[0] in owners and report.collection_account_id == account_id:
                    del held[key]
