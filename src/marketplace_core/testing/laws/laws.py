"""The laws, numbered as the project's design numbers them: what is true of every book at every moment.

15 (our balance of what an outside engine bills is the engine's) belongs to the adapter of that engine.
6, 7 and 16 compare two histories and so are steps of ``LawMachine`` and tests of ``LawSuite``, not of one book.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import age_accounts
from marketplace_core.domain.allocation import allocate
from marketplace_core.domain.codec import canonical, from_plain
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.deposit import DepositMove
from marketplace_core.domain.event_log import Event, verify_chain
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.lease import Proration
from marketplace_core.domain.ledger import Posting, balances, deposit_held, receivable, unapplied
from marketplace_core.domain.money import Money
from marketplace_core.domain.numbers import INVOICES, sequence_of
from marketplace_core.domain.proration import prorate
from marketplace_core.domain.reconciliation import DEFAULT_RULES
from marketplace_core.domain.state import StateRow, differences
from marketplace_core.errors import LawBroken, MarketplaceError
from marketplace_core.services.certificate_audit import CertificateAudit, require_fits
from marketplace_core.services.memory_books import MemoryBooks
from marketplace_core.services.replay import replay
from marketplace_core.testing.laws.knowledge import Knowledge, require_known, spans_of
from marketplace_core.testing.life import BookStore

Check: TypeAlias = Callable[[BookStore, PortfolioId], None]


class Law(NamedTuple):
    """A number, what it says, and the function that raises ``LawBroken`` where it does not hold."""

    number: int
    statement: str
    check: Check


def check_laws(store: BookStore, portfolio_id: PortfolioId, laws: Iterable[Law] | None = None) -> None:
    """Check laws of one portfolio's book (None: all of them); ``LawBroken`` names the first that does not hold."""
    for law in LAWS if laws is None else laws:
        try:
            law.check(store, portfolio_id)
        except LawBroken as error:
            raise LawBroken(f"law {law.number} ({law.statement}): {error}") from error


def require(holds: bool, detail: str) -> None:  # noqa: FBT001 - a claim and what to say where it fails
    """``LawBroken`` with the detail where the claim does not hold."""
    if not holds:
        raise LawBroken(detail)


def postings_in(rows: Iterable[StateRow]) -> list[Posting]:
    """The postings among state rows."""
    try:
        return [_posting(row.body) for row in rows if row.kind == "posting"]
    except Exception as error:
        raise LawBroken(f"a posting cannot be read: {error!r}") from error


@lru_cache(maxsize=4096)
def _posting(body: str) -> Posting:
    """The posting that a text says: the same text always says the same."""
    return from_plain(json.loads(body), Posting)


def balanced(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 1."""
    require_moving(postings_in(store.state(portfolio_id)))


def require_moving(postings: Sequence[Posting]) -> None:
    """Law 1 of these postings."""
    for currency, sums in _by_currency(balances(postings)):
        require(sum(sums) == 0, f"balances in {currency} sum to {sum(sums)} minor units")
    require(all(it.amount.amount_minor > 0 and it.debit != it.credit for it in postings), "a posting moves nothing")


def _by_currency(sums: dict[tuple[str, str], int]) -> Iterator[tuple[str, list[int]]]:
    for code in {code for _, code in sums}:
        yield code, [minor for (_, other), minor in sums.items() if other == code]


def balances_fold(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 2: on every day of the book, what the accounts say is the fold of the postings up to that day."""
    require_folded(postings_in(store.state(portfolio_id)), list(store.accounts(portfolio_id)))


def require_folded(postings: Sequence[Posting], accounts: Sequence[LeaseAccount]) -> None:
    """Law 2 of these accounts, on the last days of their book."""
    for day in _days(accounts)[-4:]:
        sums = balances(postings, as_of=day)
        for account in accounts:
            lease_id, code = account.lease.lease_id, account.lease.currency.code
            said = {
                receivable(lease_id): account.outstanding(day).amount_minor,
                unapplied(lease_id): -_credit_left(account, day),
                deposit_held(lease_id): -account.deposit(day).held.amount_minor,
            }
            for name, minor in said.items():
                booked = sums.get((name, code), 0)
                require(booked == minor, f"{name} on {day}: postings give {booked}, the account says {minor}")


def _credit_left(account: LeaseAccount, day: date) -> int:
    """What stands to an account's credit by its postings."""
    standing = sum(
        it.amount.amount_minor
        for it in account.credits
        if it.value_date <= day and (it.ended_on is None or day < it.ended_on)
    )
    paid = sum(it.amount.amount_minor for it in account.standing_allocations() if it.holds(day))
    return standing - paid - sum(it.amount.amount_minor for it in account.uses if it.counts(day))


def _days(accounts: Iterable[LeaseAccount]) -> list[date]:
    days = {date(2026, 1, 1)}
    for account in accounts:
        days.update(it.issue_date for it in account.invoices)
        days.update(it.voided_on for it in account.voids)
        days.update(it.value_date for it in account.credits)
        days.update(it.value_date for it in account.uses)
        days.update(it.value_date for it in account.deposit_entries)
        ends = (it.ended_on for them in (account.credits, account.uses) for it in them)
        days.update(day for day in ends if day is not None)
    return sorted(days)


def reversed_twice(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 3."""
    require_turning(postings_in(store.state(portfolio_id))[:20])


def require_turning(postings: Iterable[Posting]) -> None:
    """Law 3 of these postings."""
    for posting in postings:
        once = posting.reversal(posting.value_date, posting.recorded_at)
        twice = once.reversal(posting.value_date, posting.recorded_at)
        same = (twice.debit, twice.credit, twice.amount) == (posting.debit, posting.credit, posting.amount)
        require(same and once.debit == posting.credit, f"{posting.posting_id} reversed twice is not itself")


def within_bounds(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 4."""
    accounts = list(store.accounts(portfolio_id))
    for account in accounts:
        for day in _days([account]):
            on_invoice: Counter[str] = Counter()
            on_credit: Counter[str] = Counter()
            for it in account.standing_allocations():
                if it.holds(day):
                    on_invoice[it.invoice_id] += it.amount.amount_minor
                    on_credit[it.credit_id] += it.amount.amount_minor
                    require(it.amount.amount_minor > 0, f"allocation {it.allocation_id} is {it.amount}")
            for invoice in account.invoices:
                most = invoice.amount.amount_minor
                require(on_invoice[invoice.invoice_id] <= most, f"invoice {invoice.number} on {day}: over-allocated")
            for credit in account.credits:
                most = credit.amount.amount_minor
                require(on_credit[credit.credit_id] <= most, f"credit {credit.credit_id} on {day}: over-allocated")


def payments_add_up(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 5: a payment is what its credits pay, what is unapplied of them, what was refunded, and what waits."""
    accounts = list(store.accounts(portfolio_id))
    for payment in store.payments(portfolio_id):
        if payment.reversed_on is not None:
            continue
        parts = store.payment(portfolio_id, payment.payment_id).unapplied_minor
        for account in accounts:
            for credit in account.credits:
                if credit.source_id == payment.payment_id and credit.ended_on is None:
                    parts += account.unapplied_of(credit.credit_id, date.max).amount_minor
                    parts += _paid_by(account, credit.credit_id)
        require(parts == payment.amount.amount_minor, f"payment {payment.payment_id} of {payment.amount}: {parts}")


def _paid_by(account: LeaseAccount, credit_id: str) -> int:
    used = sum(it.amount.amount_minor for it in account.uses if it.credit_id == credit_id and it.counts(date.max))
    standing = [it for it in account.standing_allocations() if it.credit_id == credit_id and it.holds(date.max)]
    return used + sum(it.amount.amount_minor for it in standing)


def buckets_sum(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 8."""
    accounts = list(store.accounts(portfolio_id))
    currency = store.portfolio(portfolio_id).currency
    for day in _days(accounts)[-3:]:
        report = age_accounts(accounts, day + timedelta(days=45), currency)
        outstanding = sum(it.outstanding(day + timedelta(days=45)).amount_minor for it in accounts)
        for row in (*report.rows, report.total):
            held = sum(it.amount_minor for it in row.buckets)
            require(held == row.outstanding.amount_minor, f"{row.key}: buckets {held} of {row.outstanding}")
        require(report.total.outstanding.amount_minor == outstanding, "the total is not what the leases owe")


def one_standing_invoice(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 9, and numbers without gaps (C14)."""
    numbers: list[int] = []
    for account in store.accounts(portfolio_id):
        standing = Counter(it.key for it in account.invoices if not account.is_void(it.invoice_id))
        require(all(count == 1 for count in standing.values()), f"lease {account.lease.lease_id}: two stand")
        numbers += [sequence_of(it.number) or 0 for it in account.invoices if it.series == INVOICES]
    require(sorted(numbers) == list(range(1, len(numbers) + 1)), f"invoice numbers are {sorted(numbers)[:10]}…")


def parts_sum(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 10: however a lease's billed period is cut, the parts of its charges sum to the whole."""
    for account in store.accounts(portfolio_id):
        if account.lease.proration is not Proration.ACTUAL:
            continue
        for invoice in account.invoices[:3]:
            whole = (invoice.period, invoice.amount)
            for cut in range(1, min(invoice.period.days, 4)):
                middle = invoice.period.start + timedelta(days=cut)
                spans = [DateSpan(invoice.period.start, middle), DateSpan(middle, invoice.period.end)]
                parts = prorate(whole[0], [(span, whole[1]) for span in spans], Proration.ACTUAL)
                total = sum(part.amount.amount_minor for part in parts)
                require(total == whole[1].amount_minor, f"invoice {invoice.number} cut at {middle}: {total}")


def both_axes(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 11: what was known at an instant is what the log gives up to it, and follows from what was known."""
    live = {account.lease.lease_id: account for account in store.accounts(portfolio_id)}
    for account in live.values():
        require_following(account)
    knowledge = Knowledge()

    def compare(books: MemoryBooks, event: Event, _: object) -> None:
        for at, then in knowledge.watch(books, event):
            require_known(live[then.lease.lease_id], at, then)

    if sum(1 for _ in store.events(portfolio_id)) < _EVENTS_MOST:
        try:
            after = replay(store, portfolio_id, watch=compare).books
            for at, then in knowledge.see(after.accounts(portfolio_id)):
                require_known(live[then.lease.lease_id], at, then)
        except LawBroken:
            raise
        except MarketplaceError as error:
            raise LawBroken(f"the log gives no earlier books: {error}") from error


def require_following(account: LeaseAccount) -> None:
    """Law 11: what was known of an account at each of its last moments is what the pure function then gave."""
    for moment in _moments(account)[-3:]:
        seen = account.known(moment)
        wanted = set(allocate(seen.stands(), seen.credits, seen.uses))
        require(spans_of(seen) == wanted, f"lease {account.lease.lease_id} as known at {moment}: does not follow")


_EVENTS_MOST: Final = 200
"""Longer logs are compared with earlier knowledge by derivation only."""


def _moments(account: LeaseAccount) -> list[datetime]:
    found = {it.recorded_at for it in account.invoices} | {it.recorded_at for it in account.credits}
    return sorted(found | {it.recorded_at for it in account.voids} | {it.recorded_at for it in account.uses})


def exact_amounts(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 12: whole minor units as JSON has them: no fraction, no NaN, no infinity, no minus zero."""
    require_exact(store.state(portfolio_id))


def require_exact(rows: Iterable[StateRow]) -> None:
    """Law 12 of these rows."""
    for row in rows:
        fault = _inexact(row.body)
        require(not fault, f"{row.kind} {row.key} has {fault}")


@lru_cache(maxsize=4096)
def _inexact(body: str) -> str:
    """What of a text is no exact amount; empty where all are."""
    for word in ("NaN", "Infinity", "-0,", "-0]"):
        if f":{word}" in body or f"[{word}" in body:
            return word
    return "a fraction" if re.search(r'"amount":\[-?\d+(?!\d*,)', body) else ""


def one_portfolio(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 13."""
    require_own_rows(store.state(portfolio_id), portfolio_id)
    require_own_events(store.events(portfolio_id), portfolio_id)


def require_own_rows(rows: Iterable[StateRow], portfolio_id: PortfolioId) -> None:
    """Law 13 of these rows."""
    own = f'"portfolio_id":{canonical(portfolio_id)}'
    for row in rows:
        if '"portfolio_id":' in row.body:
            require(own in row.body, f"{row.kind} {row.key} is of another portfolio")


def require_own_events(events: Iterable[Event], portfolio_id: PortfolioId) -> None:
    """Law 13 of these links."""
    for event in events:
        require(event.portfolio_id == portfolio_id, f"event {event.sequence} is of another portfolio")


def one_currency(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 14."""
    for account in store.accounts(portfolio_id):
        held: list[Money] = [it.amount for it in account.invoices]
        held += [it.amount for it in account.credits] + [it.amount for it in account.allocations]
        held += [it.amount for it in account.uses] + [it.amount for it in account.deposit_entries]
        lease = account.lease
        require(all(it.currency == lease.currency for it in held), f"lease {lease.lease_id}: currencies met")


def deposits_add_up(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 17: computed from the movements and what deposit invoices were paid."""
    signs = {DepositMove.RECEIVED: 1, DepositMove.TRANSFERRED_IN: 1}
    for account in store.accounts(portfolio_id):
        held = sum(signs.get(it.move, -1) * it.amount.amount_minor for it in account.deposit_entries)
        held += sum(
            it.amount.amount_minor
            for it in account.standing_allocations()
            if it.invoice_kind is InvoiceKind.DEPOSIT and it.holds(date.max)
        )
        said = account.deposit(date.max).held.amount_minor
        require(said == held, f"lease {account.lease.lease_id}: holds {said}, its movements give {held}")


def transactions_once(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 18."""
    seen = Counter((it.collection_account_id, it.transaction_id) for it in store.payments(portfolio_id))
    require(all(count == 1 for count in seen.values()), f"{seen.most_common(1)} came twice")


def replays(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 19: the chain holds, and the log gives the same rows again."""
    try:
        verify_chain(store.events(portfolio_id))
        again = replay(store, portfolio_id).books
    except MarketplaceError as error:
        raise LawBroken(str(error)) from error
    require_same(store.state(portfolio_id), again.state(portfolio_id))


def require_same(rows: Iterable[StateRow], again: Iterable[StateRow]) -> None:
    """Law 19 of the live rows and those that the log gives."""
    differing = next(differences(rows, again), None)
    require(differing is None, f"the log gives another row: {differing}")


def certificates_hold(store: BookStore, portfolio_id: PortfolioId) -> None:
    """Law 20: each fits what it proves, and its claims hold on the replayed books of its day; rules as shipped."""
    audit = CertificateAudit([DEFAULT_RULES])
    try:
        for match in store.matches(portfolio_id):
            if match.certificate:
                require_fits(match)
        replay(store, portfolio_id, watch=audit.watch)
        found = next(iter(audit.findings(store, portfolio_id)), None)
    except MarketplaceError as error:
        raise LawBroken(str(error)) from error
    require(found is None, f"{found}")


LAWS: Final = (
    Law(1, "every posting moves one amount; balances sum to zero per currency", balanced),
    Law(2, "a balance is the fold of its postings", balances_fold),
    Law(3, "reversing a posting twice gives the original", reversed_twice),
    Law(4, "allocated is never more than the payment, nor than the invoice", within_bounds),
    Law(5, "a payment is its allocations and what is unapplied", payments_add_up),
    Law(8, "buckets sum to the outstanding", buckets_sum),
    Law(9, "one non-void invoice a lease, period and kind; numbers without gaps", one_standing_invoice),
    Law(10, "the parts of a proration sum to the whole", parts_sum),
    Law(11, "as of an instant is the replay up to it", both_axes),
    Law(12, "amounts are exact", exact_amounts),
    Law(13, "portfolios never mix", one_portfolio),
    Law(14, "currencies never mix", one_currency),
    Law(17, "a deposit's held is received less deducted, refunded and transferred", deposits_add_up),
    Law(18, "no transaction of a collection account twice", transactions_once),
    Law(19, "the replay gives the same books", replays),
    Law(20, "every certificate that was applied verifies", certificates_hold),
)
"""The laws of one book."""
