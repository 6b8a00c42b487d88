"""Values for machines: money as text and currency, days and instants as ISO texts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money

Plain = dict[str, Any]


def money(amount: Money) -> dict[str, str]:
    """``{"amount": "15000.00", "currency": "KES"}``."""
    return {"amount": amount.plain(), "currency": amount.currency.code}


def day(value: date | None) -> str | None:
    """An ISO date."""
    return value.isoformat() if value else None


def instant(value: datetime | None) -> str | None:
    """An ISO instant, in UTC."""
    return value.isoformat() if value else None


def invoice(value: Invoice) -> Plain:
    """An invoice with its lines."""
    return {
        "invoice": value.invoice_id,
        "number": value.number,
        "lease": value.lease_id,
        "kind": value.kind.value,
        "from": day(value.period.start),
        "to": day(value.period.last_day),
        "issued_on": day(value.issue_date),
        "due_on": day(value.due_date),
        "total": money(value.amount),
        "lines": [
            {
                "kind": line.kind.value,
                "amount": money(line.amount),
                "from": day(line.span.start),
                "to": day(line.span.last_day),
            }
            for line in value.lines
        ],
    }
