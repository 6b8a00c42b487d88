"""Writes leases: versions one after another, a unit let once at a time, references that name one lease."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.facts import LeaseRecorded
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.lease import Lease, require_no_overlap
from marketplace_core.errors import AlreadyExists, ConcurrentChange, CurrencyMismatch, NotFound
from marketplace_core.services.memory_books.directory_facts import require_named_unmerged
from marketplace_core.services.memory_books.tables import Workplace


def record_lease(work: Workplace, fact: LeaseRecorded) -> None:
    """Add a lease in its first version, or its next version."""
    lease = fact.lease
    accounts = work.transaction.on(work.book.accounts)
    account = accounts.get(lease.lease_id)
    _require_next_version(lease, account)
    _require_known(work, lease)
    require_named_unmerged(work, lease.tenant_ids)
    _take_reference(work, lease, account)
    of_unit = work.transaction.on(work.book.leases_of_unit)
    if account is not None and account.lease.unit_id != lease.unit_id:
        left = tuple(it for it in of_unit.get(account.lease.unit_id) or () if it != lease.lease_id)
        of_unit.put(account.lease.unit_id, left)
    others = of_unit.get(lease.unit_id) or ()
    require_no_overlap(lease, (it.lease for other in others if (it := accounts.get(other)) is not None))
    if lease.lease_id not in others:
        of_unit.put(lease.unit_id, (*others, lease.lease_id))
    accounts.put(lease.lease_id, LeaseAccount(lease) if account is None else account.applied([fact]))


def leases_of_unit(work: Workplace, unit_id: UnitId) -> tuple[Lease, ...]:
    """Every lease of the unit, drafts too, by id; ``NotFound`` for an unknown unit."""
    if unit_id not in work.transaction.on(work.book.units):
        raise NotFound(f"portfolio {work.book.portfolio_id} has no unit {unit_id}")
    accounts = work.transaction.on(work.book.accounts)
    named = sorted(work.transaction.on(work.book.leases_of_unit).get(unit_id) or ())
    return tuple(it.lease for lease_id in named if (it := accounts.get(lease_id)) is not None)


def _require_next_version(lease: Lease, account: LeaseAccount | None) -> None:
    expected = 1 if account is None else account.lease.version + 1
    if lease.version != expected:
        raise ConcurrentChange(
            f"lease {lease.lease_id}: version {lease.version} came, {expected} is next; read it again and change that"
        )


def _require_known(work: Workplace, lease: Lease) -> None:
    where = f"lease {lease.lease_id}: portfolio {work.book.portfolio_id} has no"
    portfolio = work.transaction.on(work.book.portfolio).get(lease.portfolio_id)
    if portfolio is not None and portfolio.currency != lease.currency:
        raise CurrencyMismatch(
            f"lease {lease.lease_id} is in {lease.currency.code}, its portfolio keeps books in "
            f"{portfolio.currency.code}; let it from a portfolio of its currency"
        )
    if lease.unit_id not in work.transaction.on(work.book.units):
        raise NotFound(f"{where} unit {lease.unit_id}")
    collection_account_id = lease.collection_account_id
    if collection_account_id and collection_account_id not in work.transaction.on(work.book.collection_accounts):
        raise NotFound(f"{where} collection account {collection_account_id}")


def _take_reference(work: Workplace, lease: Lease, account: LeaseAccount | None) -> None:
    """A reference names one lease of the portfolio, and one of all portfolios that share a collection account."""
    own = work.transaction.on(work.book.references)
    shared = work.transaction.on(work.shared.references)
    if account is not None and account.lease.reference:
        own.drop(account.lease.reference)
        shared.drop((account.lease.collection_account_id or "", account.lease.reference))
    if not lease.reference:
        return
    account_id = lease.collection_account_id
    holder = own.get(lease.reference) or (shared.get((account_id, lease.reference)) if account_id else None)
    if holder is not None:
        raise AlreadyExists(f"lease {lease.lease_id}: the reference {lease.reference} is that of lease {holder}")
    own.put(lease.reference, lease.lease_id)
    if account_id:
        shared.put((account_id, lease.reference), lease.lease_id)
