"""What is ingested, as facts of a lease's account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import credited, ended, settled
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.facts import AccountFact, ExternalLinked, Fact, InvoiceIssued, InvoiceVoided
from marketplace_core.domain.identifiers import InvoiceId
from marketplace_core.domain.invoice import reissued
from marketplace_core.domain.outside_engine.ingestion import Ingestion
from marketplace_core.domain.outside_engine.setting import Link, PlanSetting


def facts_of(
    account: LeaseAccount, found: Ingestion, command: Command, setting: PlanSetting, system: str
) -> tuple[Fact, ...]:
    """The facts of what is to be recorded on the account, and its links in ``system``; reports are not among them.

    Allocations follow once, for all. An invoice that takes the place of a void one is its reissue, and is linked as
    such.
    """
    facts: list[AccountFact] = []
    for void in found.voids:
        facts.extend(_voided(account, void.invoice_id, void.reason, setting.today, command))
    facts.extend(ended(account, it, setting.today, command) for it in found.note_ends if not _has_ended(facts, it))
    after = account.applied(facts)
    renamed: dict[str, str] = {}
    for invoice in found.invoices:
        issued = reissued(invoice, after.voided_on(invoice))
        renamed[invoice.invoice_id] = issued.invoice_id
        facts.append(InvoiceIssued(issued))
    after = account.applied(facts)
    for note in found.notes:
        made = credited(
            after, note.invoice_id, note.amount, note.issued_on, note.reason, command, note_id=note.credit_note_id
        )
        facts.extend(made)
        after = after.applied(made)
    changed = settled(account, facts, command) if facts else ()
    return (*changed, *links_of(account, found.links, system, renamed))


def links_of(
    account: LeaseAccount, links: Iterable[Link], system: str, renamed: dict[str, str] | None = None
) -> tuple[ExternalLinked, ...]:
    """The links as facts."""
    portfolio_id, names = account.lease.portfolio_id, renamed or {}
    return tuple(
        ExternalLinked(portfolio_id, system, it.kind.value, it.external_id, names.get(it.our_id, it.our_id))
        for it in links
    )


def _has_ended(facts: Iterable[AccountFact], credit_id: str) -> bool:
    return any(getattr(getattr(it, "credit", None), "credit_id", "") == credit_id for it in facts)


def _voided(
    account: LeaseAccount, invoice_id: InvoiceId, reason: str, today: date, command: Command
) -> Iterable[AccountFact]:
    """The void, and the end of what its credit notes gave."""
    invoice = account.invoice(invoice_id)
    day = max(today, invoice.issue_date)
    yield InvoiceVoided(invoice, day, command.recorded_at, reason)
    notes = {it.credit_note_id for it in account.credit_notes if it.invoice_id == invoice_id}
    for credit in sorted(account.credits, key=lambda it: it.credit_id):
        if credit.source is CreditSource.CREDIT_NOTE and credit.source_id in notes and credit.ended_on is None:
            yield ended(account, credit.credit_id, day, command)
