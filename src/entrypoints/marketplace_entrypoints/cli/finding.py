"""Finding what a person names: collection accounts, payments, matches, invoices; and refusing ids that are taken."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditUse
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, payment_id_of
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.session import Session


def require_new_lease(here: Session, lease_id: LeaseId) -> None:
    """Refuse the id of another lease; a command that was done before may name its own."""
    if here.is_repeated:
        return
    try:
        here.ports.lease(here.portfolio_id, lease_id)
    except NotFound:
        return
    raise AlreadyExists(f"there is a lease {lease_id} already: choose another id")


def collection_account(here: Session, named: str) -> CollectionAccount:
    """The account of an id, a number or KIND:NUMBER, or the only one that has statements: cash has none."""
    accounts = here.ports.collection_accounts(here.portfolio_id)
    known = ", ".join(it.collection_account_id for it in accounts) or "none"
    opening = f"open one with marketplace init {here.portfolio_id} --account KIND:NUMBER"
    if named:
        for account in accounts:
            if named in (account.collection_account_id, account.number, f"{account.kind}:{account.number}"):
                return account
        raise NotFound(f"portfolio {here.portfolio_id} does not collect in {named!r}; it has {known}; {opening}")
    told = [it for it in accounts if it.kind is not CollectionKind.CASH]
    if not told:
        raise Refused(f"portfolio {here.portfolio_id} collects in no account that has statements ({known}): {opening}")
    if len(told) != 1:
        raise Refused(f"name the collection account with --account; portfolio {here.portfolio_id} has {known}")
    return told[0]


def find_payment(here: Session, text: str) -> PaymentStanding:
    """The payment of a payment id, a provider's transaction id, or a match's id."""
    candidates = [PaymentId(text)]
    candidates.extend(
        payment_id_of(account.collection_account_id, text.strip())
        for account in here.ports.collection_accounts(here.portfolio_id)
    )
    for payment_id in candidates:
        try:
            return here.ports.payment(here.portfolio_id, payment_id)
        except NotFound:
            continue
    try:
        match = here.ports.match(here.portfolio_id, MatchId(text))
    except NotFound:
        raise NotFound(
            f"no payment, transaction or match {text!r} in {here.portfolio_id}; see marketplace payments list"
        ) from None
    return here.ports.payment(here.portfolio_id, match.payment_id)


def find_invoice(here: Session, text: str) -> tuple[LeaseAccount, Invoice]:
    """The invoice of a number or id, with its lease's account."""
    for account in here.ports.accounts(here.portfolio_id):
        for invoice in account.invoices:
            if text in (invoice.invoice_id, invoice.number):
                return account, invoice
    raise NotFound(f"no invoice {text!r} in {here.portfolio_id}; see marketplace invoices list")


def find_refund(here: Session, refund: str) -> tuple[LeaseAccount, CreditUse]:
    """The refund of that id, with its lease's account."""
    for account in here.ports.accounts(here.portfolio_id):
        for use in account.uses:
            if use.use_id == refund:
                return account, use
    raise NotFound(f"no refund {refund!r} in {here.portfolio_id}; see marketplace refunds list")
