"""What may be done to a lease account, as facts: each decision checks its rule and brings allocations up to date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.allocation import AllocationSpan, allocate
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Allocation, Credit, CreditSource, Pin
from marketplace_core.domain.facts import (
    AccountFact,
    AllocationMade,
    AllocationSuperseded,
    CreditAdded,
    CreditEnded,
    CreditNoteIssued,
    InvoiceIssued,
    InvoiceVoided,
)
from marketplace_core.domain.identifiers import (
    AllocationId,
    CreditId,
    CreditNoteId,
    InvoiceId,
    MatchId,
    derive_id,
)
from marketplace_core.domain.invoice import CreditNote, Invoice, InvoiceKind, reissued
from marketplace_core.domain.money import Money
from marketplace_core.errors import (
    AlreadyExists,
    CurrencyMismatch,
    DepositExceeded,
    DuplicateInvoice,
    IllegalTransition,
    InvalidInput,
    OverAllocation,
    PortfolioMismatch,
)


def settled(account: LeaseAccount, facts: Iterable[AccountFact], command: Command) -> tuple[AccountFact, ...]:
    """The facts, followed by the changes of allocation that they bring about.

    Once a command and account: an allocation's id is of its command, so a second time could give one id twice.
    """
    base = tuple(facts)
    after = account.applied(base)
    return (*base, *_reallocated(after, command))


def _reallocated(account: LeaseAccount, command: Command) -> Iterable[AccountFact]:
    """What differs between the allocations that follow from the account and those that stand."""
    wanted = set(allocate(account.stands(), account.credits, account.uses))
    for allocation in sorted(account.standing_allocations(), key=lambda it: it.allocation_id):
        span = _span_of(allocation)
        if span in wanted:
            wanted.discard(span)
        else:
            yield AllocationSuperseded(evolve(allocation, superseded_at=command.recorded_at))
    kinds = {invoice.invoice_id: invoice.kind for invoice in account.invoices}
    for span in sorted(wanted, key=lambda it: (it.start, it.credit_id, it.invoice_id, it.end or date.max)):
        yield AllocationMade(
            Allocation(
                allocation_id=_allocation_id(command, span),
                portfolio_id=account.lease.portfolio_id,
                lease_id=account.lease.lease_id,
                credit_id=span.credit_id,
                invoice_id=span.invoice_id,
                amount=Money(span.amount_minor, account.lease.currency),
                value_date=span.start,
                recorded_at=command.recorded_at,
                invoice_kind=kinds[span.invoice_id],
                ended_on=span.end,
            )
        )


def _span_of(allocation: Allocation) -> AllocationSpan:
    return AllocationSpan(
        allocation.credit_id,
        allocation.invoice_id,
        allocation.amount.amount_minor,
        allocation.value_date,
        allocation.ended_on,
    )


def _allocation_id(command: Command, span: AllocationSpan) -> AllocationId:
    return AllocationId(
        derive_id("alc", command.command_id, span.credit_id, span.invoice_id, str(span.start), str(span.end))
    )


def issue(account: LeaseAccount, invoices: Sequence[Invoice], command: Command) -> tuple[AccountFact, ...]:
    """Issue invoices; one whose period, kind and subject already has a standing invoice is refused.

    Where a voided invoice had that key, the new one is its reissue, with an id of its own, issued on the void's day
    at the earliest.
    """
    taken = {invoice.key for invoice in account.standing_invoices()}
    once = {charge.charge_id for charge in account.lease.one_off_charges}
    billed = set(account.billed_charges())
    invoices = [reissued(invoice, account.voided_on(invoice)) for invoice in invoices]
    for invoice in invoices:
        require_ours(account, invoice.portfolio_id, invoice.amount)
        if invoice.key in taken:
            raise DuplicateInvoice(
                f"lease {invoice.lease_id} already has a {invoice.kind} invoice for {invoice.period}: void that first"
            )
        taken.add(invoice.key)
        for line in invoice.lines:
            if line.charge_id in billed:
                raise DuplicateInvoice(
                    f"lease {invoice.lease_id}: charge {line.charge_id} is on an invoice already; "
                    "give bill() the charges that are billed (account.billed_charges())"
                )
            if line.charge_id is not None and line.charge_id in once:
                billed.add(line.charge_id)
    return settled(account, [InvoiceIssued(invoice) for invoice in invoices], command)


def void(
    account: LeaseAccount, invoice_id: InvoiceId, voided_on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Void an invoice from a day on; what paid it is free again from that day. Its number is kept.

    Its credit notes count no more from then on, for they took back what is not owed any longer. A deposit's invoice
    is not voided while part of the deposit has been paid out or deducted.
    """
    invoice = account.invoice(invoice_id)
    if account.is_void(invoice_id):
        raise IllegalTransition(f"invoice {invoice.number or invoice_id} is void already")
    if voided_on < invoice.issue_date:
        raise InvalidInput(
            f"invoice {invoice.number or invoice_id} was issued on {invoice.issue_date}: void it then or later"
        )
    if not reason.strip():
        raise InvalidInput(f"invoice {invoice.number or invoice_id}: say why it is voided")
    _require_not_written_off(account, invoice, voided_on)
    notes = {note.credit_note_id for note in account.credit_notes if note.invoice_id == invoice_id}
    ends = [
        ended(account, credit.credit_id, voided_on, command)
        for credit in sorted(account.credits, key=lambda it: it.credit_id)
        if credit.source is CreditSource.CREDIT_NOTE and credit.source_id in notes and credit.ended_on is None
    ]
    facts = settled(account, [InvoiceVoided(invoice, voided_on, command.recorded_at, reason), *ends], command)
    if invoice.kind is InvoiceKind.DEPOSIT and account.applied(facts).least_held(voided_on).amount_minor < 0:
        raise DepositExceeded(
            f"invoice {invoice.number or invoice_id}: part of this deposit was refunded or deducted, so it stays"
        )
    return facts


def credit_invoice(
    account: LeaseAccount,
    invoice_id: InvoiceId,
    amount: Money,
    issued_on: date,
    reason: str,
    command: Command,
) -> tuple[AccountFact, ...]:
    """Issue a credit note, at most for what of the invoice no note or write-off has taken yet.

    What was paid explicitly stays paid: so much of the note is the tenant's free credit.
    """
    note_id = CreditNoteId(derive_id("crn", command.command_id, invoice_id))
    return settled(account, credited(account, invoice_id, amount, issued_on, reason, command, note_id=note_id), command)


def credited(
    account: LeaseAccount,
    invoice_id: InvoiceId,
    amount: Money,
    issued_on: date,
    reason: str,
    command: Command,
    *,
    note_id: CreditNoteId,
) -> tuple[AccountFact, ...]:
    """The credit note of that id and the credit that it gives; allocations do not follow yet."""
    invoice = account.invoice(invoice_id)
    require_ours(account, invoice.portfolio_id, amount)
    _require_standing(account, invoice_id)
    _require_no_deposit(invoice, "credited")
    if issued_on < invoice.issue_date:
        raise InvalidInput(
            f"invoice {invoice.number or invoice_id} was issued on {invoice.issue_date}: credit it then or later"
        )
    left = invoice.amount.amount_minor - taken_back(account, invoice_id)
    if amount.amount_minor > left:
        raise OverAllocation(
            f"invoice {invoice.number or invoice_id}: a credit note of {amount} is more than the "
            f"{Money(left, amount.currency)} that can still be credited"
        )
    room = min(amount.amount_minor, unpinned(account, invoice, issued_on))
    note = CreditNote(
        note_id,
        invoice.portfolio_id,
        invoice.lease_id,
        invoice_id,
        amount,
        issued_on,
        command.recorded_at,
        reason,
    )
    credit = new_credit(
        account,
        CreditSource.CREDIT_NOTE,
        note_id,
        amount,
        issued_on,
        command,
        pins=(Pin(invoice_id, Money(room, amount.currency)),) if room > 0 else (),
    )
    return (CreditNoteIssued(note), CreditAdded(credit))


def write_off(
    account: LeaseAccount, invoice_id: InvoiceId, amount: Money, on: date, reason: str, command: Command
) -> tuple[AccountFact, ...]:
    """Give up part of what is outstanding of an invoice, or all."""
    return settled(account, [written_off(account, invoice_id, amount, on, reason, command)], command)


def written_off(
    account: LeaseAccount,
    invoice_id: InvoiceId,
    amount: Money,
    on: date,
    reason: str,
    command: Command,
    *,
    match_id: MatchId | None = None,
) -> CreditAdded:
    """The credit of a write-off; with ``match_id`` it goes when the match is undone. Allocations do not follow yet."""
    _require_standing(account, invoice_id)
    _require_no_deposit(account.invoice(invoice_id), "written off")
    outstanding = next(
        (it.outstanding for it in account.open_invoices(on) if it.invoice.invoice_id == invoice_id), None
    )
    if outstanding is None or amount > outstanding:
        raise OverAllocation(
            f"invoice {invoice_id}: {amount} cannot be written off, {outstanding or 'nothing'} is open"
        )
    if not reason.strip():
        raise InvalidInput(f"invoice {invoice_id}: say why it is written off")
    pins = (Pin(invoice_id, amount),)
    source_id = derive_id("wof", command.command_id, invoice_id)
    credit = new_credit(account, CreditSource.WRITE_OFF, source_id, amount, on, command, pins=pins, reason=reason)
    return CreditAdded(evolve(credit, match_id=match_id))


def add_credit(account: LeaseAccount, credit: Credit, command: Command) -> tuple[AccountFact, ...]:
    """Add a credit and let it pay; its pins must be of this lease's standing invoices and fit them."""
    return settled(account, [credit_added(account, credit)], command)


def credit_added(account: LeaseAccount, credit: Credit) -> CreditAdded:
    """The credit, whose pins are of this lease's standing invoices and fit them; allocations do not follow yet."""
    require_ours(account, credit.portfolio_id, credit.amount)
    if credit.lease_id != account.lease.lease_id:
        raise OverAllocation(
            f"credit {credit.credit_id} is of lease {credit.lease_id}, not of {account.lease.lease_id}"
        )
    if any(it.credit_id == credit.credit_id for it in account.credits):
        raise AlreadyExists(f"lease {credit.lease_id} has credit {credit.credit_id} already")
    for pin in credit.pins:
        invoice = account.invoice(pin.invoice_id)
        _require_standing(account, pin.invoice_id)
        left = unpinned(account, invoice, credit.value_date)
        if pin.amount.amount_minor > left:
            raise OverAllocation(
                f"invoice {invoice.number or invoice.invoice_id}: {pin.amount} is more than the "
                f"{Money(left, pin.amount.currency)} that can still be allocated"
            )
    return CreditAdded(credit)


def end_credit(account: LeaseAccount, credit_id: CreditId, ended_on: date, command: Command) -> tuple[AccountFact, ...]:
    """Let a credit count no more from a day on; its own value date means that it never counted."""
    return end_credits(account, [(credit_id, ended_on)], command)


def end_credits(
    account: LeaseAccount, ends: Iterable[tuple[CreditId, date]], command: Command
) -> tuple[AccountFact, ...]:
    """Let several credits of one account count no more, each from its day on; allocations follow once, for all."""
    return settled(account, [ended(account, credit_id, ended_on, command) for credit_id, ended_on in ends], command)


def ended(account: LeaseAccount, credit_id: CreditId, ended_on: date, command: Command) -> CreditEnded:
    """The end of a credit, of which nothing may be refunded; allocations do not follow yet."""
    credit = account.credit(credit_id)
    if credit.ended_on is not None:
        raise IllegalTransition(f"credit {credit_id} ended on {credit.ended_on} already")
    last = max(ended_on, credit.value_date)
    for use in account.uses:
        if use.credit_id != credit_id:
            continue
        if use.ended_on is not None and use.value_date < use.ended_on and last < use.ended_on:
            raise IllegalTransition(
                f"{use.amount} of credit {credit_id} was out from {use.value_date} to {use.ended_on} ({use.use_id}): "
                "it cannot end before that came back"
            )
        if use.ended_on is None:
            raise IllegalTransition(
                f"{use.amount} of credit {credit_id} went out on {use.value_date} ({use.use_id}): take that back first"
            )
    return CreditEnded(evolve(credit, ended_on=max(ended_on, credit.value_date), ended_recorded_at=command.recorded_at))


def new_credit(
    account: LeaseAccount,
    source: CreditSource,
    source_id: str,
    amount: Money,
    on: date,
    command: Command,
    *,
    pins: tuple[Pin, ...] = (),
    reason: str = "",
) -> Credit:
    """A credit of an account, with the id that its source gives it."""
    return Credit(
        credit_id=CreditId(derive_id("crd", source, source_id, account.lease.lease_id)),
        portfolio_id=account.lease.portfolio_id,
        lease_id=account.lease.lease_id,
        source=source,
        source_id=source_id,
        amount=amount,
        value_date=on,
        recorded_at=command.recorded_at,
        order_key=source_id,
        pins=pins,
        reason=reason,
    )


def require_ours(account: LeaseAccount, portfolio_id: str, amount: Money) -> None:
    """Refuse what is of another portfolio or currency."""
    if portfolio_id != account.lease.portfolio_id:
        raise PortfolioMismatch(
            f"lease {account.lease.lease_id} is of portfolio {account.lease.portfolio_id}, not {portfolio_id}"
        )
    if amount.currency != account.lease.currency:
        raise CurrencyMismatch(
            f"lease {account.lease.lease_id} is in {account.lease.currency.code}, not {amount.currency.code}"
        )


def _require_standing(account: LeaseAccount, invoice_id: InvoiceId) -> None:
    if account.is_void(invoice_id):
        raise IllegalTransition(f"invoice {invoice_id} is void: nothing can be allocated to it")


def _require_no_deposit(invoice: Invoice, verb: str) -> None:
    """A deposit is no income, so nothing of it is given up: an allocation of such a credit would count as held."""
    if invoice.kind is InvoiceKind.DEPOSIT:
        raise IllegalTransition(
            f"invoice {invoice.number or invoice.invoice_id} is a deposit, which cannot be {verb}: void it, "
            "and bill the lease again with the deposit that was agreed"
        )


def _require_not_written_off(account: LeaseAccount, invoice: Invoice, voided_on: date) -> None:
    """What is written off of an invoice pays nothing else, so the invoice stands as long as that does."""
    name = invoice.number or invoice.invoice_id
    for credit in account.credits:
        if credit.source is not CreditSource.WRITE_OFF or all(
            it.invoice_id != invoice.invoice_id for it in credit.pins
        ):
            continue
        if credit.ended_on is None:
            raise IllegalTransition(f"invoice {name} was written off: it cannot be voided")
        if credit.value_date < credit.ended_on and voided_on < credit.ended_on:
            raise IllegalTransition(f"invoice {name} was written off until {credit.ended_on}: void it then or later")


def taken_back(account: LeaseAccount, invoice_id: InvoiceId) -> int:
    """How many minor units of an invoice standing notes and write-offs have taken back."""
    notes = {note.credit_note_id for note in account.credit_notes if note.invoice_id == invoice_id}
    return sum(
        credit.amount.amount_minor
        for credit in account.credits
        if credit.ended_on is None
        and (
            credit.source_id in notes
            or (credit.source is CreditSource.WRITE_OFF and any(pin.invoice_id == invoice_id for pin in credit.pins))
        )
    )


def unpinned(account: LeaseAccount, invoice: Invoice, since: date) -> int:
    """What of an invoice no pin claims on any day from ``since`` on, in minor units.

    A credit that was taken back claims it up to its end.
    """
    claims = [
        (max(credit.value_date, invoice.issue_date), credit.ended_on or date.max, pin.amount.amount_minor)
        for credit in account.credits
        for pin in credit.pins
        if pin.invoice_id == invoice.invoice_id
    ]
    first = max(since, invoice.issue_date)
    days = {first, *(start for start, _, _ in claims if start > first)}
    return invoice.amount.amount_minor - max(
        sum(minor for start, end, minor in claims if start <= day < end) for day in days
    )
