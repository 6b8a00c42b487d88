"""Intents, passes, faults and differences as rows."""

from __future__ import annotations

from marketplace_adapters.postgres.rows.values import Columns, Row, currency_of, currency_text
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, Fault, FullPass, PassStage
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey


def key_row(key: AccountKey | None) -> Row:
    """The columns of a lease's key; empty where it is about no lease of ours."""
    return {"portfolio_id": key.portfolio_id if key else "", "lease_id": key.lease_id if key else ""}


def _key_of(row: Columns) -> AccountKey:
    return AccountKey(PortfolioId(row["portfolio_id"]), LeaseId(row["lease_id"]))


def _amount_row(name: str, amount: Money | None) -> Row:
    minor, currency = (None, None) if amount is None else (amount.amount_minor, currency_text(amount.currency))
    return {f"{name}_minor": minor, f"{name}_currency": currency}


def _amount_of(name: str, row: Columns) -> Money | None:
    minor = row[f"{name}_minor"]
    return None if minor is None else Money(minor, currency_of(row[f"{name}_currency"]))


def intent_row(it: Intent) -> Row:
    """The columns of an intent."""
    return {
        "marker": it.marker,
        **key_row(it.key),
        "kind": it.kind,
        "words": it.words,
        "planned_at": it.planned_at,
        "state": it.state,
        **_amount_row("amount", it.amount),
        "attempts": it.attempts,
        "sent_at": it.sent_at,
        "settled_at": it.settled_at,
        "their_id": it.their_id,
        "last_words": it.last_words,
    }


def intent_of(row: Columns) -> Intent:
    """The intent of a row."""
    return Intent(
        marker=row["marker"],
        key=_key_of(row),
        kind=row["kind"],
        words=row["words"],
        planned_at=row["planned_at"],
        state=IntentState(row["state"]),
        amount=_amount_of("amount", row),
        attempts=row["attempts"],
        sent_at=row["sent_at"],
        settled_at=row["settled_at"],
        their_id=row["their_id"],
        last_words=row["last_words"],
    )


def pass_row(it: FullPass) -> Row:
    """The columns of a full pass."""
    return {
        "pass_id": it.pass_id,
        "begun_at": it.begun_at,
        "stage": it.stage,
        "cursor": it.cursor,
        "checked": it.checked,
        "differences": it.differences,
        "ended_at": it.ended_at,
    }


def pass_of(row: Columns) -> FullPass:
    """The full pass of a row."""
    return FullPass(
        pass_id=row["pass_id"],
        begun_at=row["begun_at"],
        stage=PassStage(row["stage"]),
        cursor=row["cursor"],
        checked=row["checked"],
        differences=row["differences"],
        ended_at=row["ended_at"],
    )


def fault_row(it: Fault) -> Row:
    """The columns of a fault."""
    return {"kind": it.kind, "subject": it.subject, "since": it.since, "words": it.words}


def fault_of(row: Columns) -> Fault:
    """The fault of a row."""
    return Fault(row["kind"], row["subject"], row["since"], row["words"])


def difference_row(it: Difference, position: int) -> Row:
    """The columns of the difference that stands at a place among all of its lease."""
    return {
        **key_row(it.key),
        "kind": it.kind,
        "subject": it.subject,
        "position": position,
        **_amount_row("ours", it.ours),
        **_amount_row("theirs", it.theirs),
        "words": it.words,
        "repair": it.repair,
    }


def difference_of(row: Columns) -> Difference:
    """The difference of a row."""
    return Difference(
        key=_key_of(row) if row["lease_id"] else None,
        kind=DifferenceKind(row["kind"]),
        subject=row["subject"],
        ours=_amount_of("ours", row),
        theirs=_amount_of("theirs", row),
        words=row["words"],
        repair=row["repair"],
    )
