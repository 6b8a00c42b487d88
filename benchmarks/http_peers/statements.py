"""What both peers ask of the database, as SQL by hand, and what they make of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final

ISSUER: Final = "marketplace"
AUDIENCE: Final = "marketplace-api"
TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - the type of a token
READ: Final = "money.read"
RECORD: Final = "payment.record"
_ROLES: Final = {"admin": {READ, RECORD}, "landlord": {READ, RECORD}, "tenant": {READ}}

CLIENT: Final = "SELECT scopes, grants, is_disabled FROM api_clients WHERE client_id = %(client)s"
INVOICE: Final = """
SELECT i.invoice_id, i.number, i.lease_id, u.code, i.kind, i.period_start, i.period_end, i.issue_date, i.due_date,
       i.amount_minor, i.currency, i.allocated_minor, i.voided_on, i.recorded_at,
       (SELECT jsonb_agg(jsonb_build_array(l.kind, l.amount_minor, l.span_start, l.span_end, l.description)
                         ORDER BY l.position)
        FROM invoice_lines l WHERE l.portfolio_id = i.portfolio_id AND l.invoice_id = i.invoice_id) AS lines
FROM invoices i
JOIN leases e ON e.portfolio_id = i.portfolio_id AND e.lease_id = i.lease_id
JOIN units u ON u.portfolio_id = e.portfolio_id AND u.unit_id = e.unit_id
WHERE i.portfolio_id = %(portfolio)s AND i.invoice_id = %(invoice)s
"""
ACCOUNT: Final = """
SELECT a.currency FROM collection_accounts a
JOIN portfolio_accounts p USING (collection_account_id)
WHERE p.portfolio_id = %(portfolio)s AND a.collection_account_id = %(account)s AND a.kind = 'cash'
FOR UPDATE OF a
"""
TAKE: Final = """
INSERT INTO inbox_transactions (collection_account_id, transaction_id, payment_id, portfolio_id)
VALUES (%(account)s, %(transaction)s, %(payment)s, %(portfolio)s) ON CONFLICT DO NOTHING
"""
PAYMENT: Final = """
INSERT INTO payments (portfolio_id, payment_id, collection_account_id, transaction_id, amount_minor, currency,
                      value_date, recorded_at, reference_text, named_reference, payer_name, payer_phone, given_minor)
VALUES (%(portfolio)s, %(payment)s, %(account)s, %(transaction)s, %(minor)s, %(currency)s, %(day)s, %(now)s,
        %(reference)s, '', %(payer)s, '', 0)
"""
REPORT: Final = """
INSERT INTO payment_reports (portfolio_id, report_id, payment_id, position, collection_account_id, transaction_id,
                             source, amount_minor, currency, paid_at, value_date, place, reference_text, payer_name,
                             payer_phone)
VALUES (%(portfolio)s, %(report)s, %(payment)s, 0, %(account)s, %(transaction)s, 'cash', %(minor)s, %(currency)s,
        %(now)s, %(day)s, 'recorded by hand', %(reference)s, %(payer)s, '')
"""
POSTING: Final = """
INSERT INTO postings (portfolio_id, posting_id, debit, credit, amount_minor, currency, value_date, recorded_at,
                      source_id)
VALUES (%(portfolio)s, %(posting)s, %(debit)s, %(credit)s, %(minor)s, %(currency)s, %(day)s, %(now)s, %(payment)s)
"""
HEAD: Final = "SELECT sequence, hash FROM event_heads WHERE portfolio_id = %(portfolio)s FOR UPDATE"
EVENT: Final = """
INSERT INTO events (portfolio_id, sequence, command_id, kind, actor, reason, recorded_at, payload, previous_hash, hash)
VALUES (%(portfolio)s, %(sequence)s, %(command)s, 'payments.record', %(actor)s, '', %(now)s, %(payload)s,
        %(previous)s, %(hash)s)
"""
PERSONAL: Final = """
INSERT INTO event_personal (portfolio_id, sequence, position, body)
VALUES (%(portfolio)s, %(sequence)s, 0, %(personal)s)
"""
NEW_HEAD: Final = "UPDATE event_heads SET sequence = %(sequence)s, hash = %(hash)s WHERE portfolio_id = %(portfolio)s"


def portfolio_allowed(client: Mapping[str, Any] | None, scopes: Sequence[str], action: str) -> str | None:
    """The portfolio in which a client may do something; None where it may not."""
    if client is None or client["is_disabled"] or action not in scopes or action not in client["scopes"]:
        return None
    found = {it["portfolio_id"] for it in client["grants"] if action in _ROLES.get(it["role"], ())}
    return found.pop() if len(found) == 1 else None


def plain_amount(minor: int) -> str:
    """An amount of minor units, of which a unit has a hundred, as text."""
    return f"{minor // 100}.{minor % 100:02d}"


def minor_units(text: str) -> int:
    """The minor units of an amount as text."""
    return int(Decimal(text) * 100)


def status_of(row: Mapping[str, Any]) -> str:
    """What of an invoice is paid."""
    if row["voided_on"] is not None:
        return "void"
    if not row["allocated_minor"]:
        return "open"
    return "paid" if row["allocated_minor"] == row["amount_minor"] else "part_paid"


def outstanding_of(row: Mapping[str, Any]) -> int:
    """What of an invoice is open."""
    return 0 if row["voided_on"] is not None else row["amount_minor"] - row["allocated_minor"]


def last_day(end: date) -> date:
    """The last day of a span whose end is the day after."""
    return end - timedelta(days=1)


def payment_values(portfolio: str, actor: str, minor: int, currency: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows of a payment say, before its link in the chain."""
    account, transaction = body["collection_account_id"], body["receipt"].upper()
    payment = "pay_" + sha256(f"{account}/{transaction}".encode()).hexdigest()[:32]
    return {
        "portfolio": portfolio,
        "actor": actor,
        "account": account,
        "transaction": transaction,
        "payment": payment,
        "report": "rep_" + sha256(f"{payment}/cash".encode()).hexdigest()[:32],
        "posting": "pst_" + sha256(payment.encode()).hexdigest()[:32],
        "command": "cmd_" + token_hex(16),
        "debit": f"collection:{account}",
        "credit": "unapplied",
        "minor": minor,
        "currency": currency,
        "day": body["day"],
        "now": datetime.now(UTC),
        "reference": body["reference"],
        "payer": body["payer_name"],
    }


def link_values(head: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The link of a payment in the portfolio's chain, with what is personal beside it."""
    salt = token_hex(16)
    personal = json.dumps([salt, values["payer"]])
    sealed = sha256(personal.encode()).hexdigest()
    payload = json.dumps([values["payment"], values["minor"], values["currency"], values["transaction"], sealed])
    told = json.dumps([head["hash"], head["sequence"] + 1, values["command"], values["actor"], payload])
    return {
        "sequence": head["sequence"] + 1,
        "previous": head["hash"],
        "payload": payload,
        "personal": personal,
        "hash": sha256(told.encode()).hexdigest(),
    }
