"""Balances and exact references, summed and joined by the database, equal to the pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from typing_extensions import override

from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows.values import currency_of
from marketplace_adapters.postgres.schema.leases import OCCUPYING
from marketplace_core.domain.aging import AgingGroup
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.trial_balance import LEASE_ACCOUNTS, AccountBalance, OwedBalance, TrialBalance
from marketplace_core.ports.balances import Balances
from marketplace_core.ports.exact_references import ExactReferences

_SEEN: Final = (
    "portfolio_id = :portfolio AND value_date <= COALESCE(CAST(:as_of AS date), 'infinity')"
    " AND recorded_at <= COALESCE(CAST(:known_on AS timestamptz), 'infinity')"
)
_MOVED: Final = (
    f"SELECT debit AS account, currency, sum(amount_minor) AS debits, 0 AS credits FROM postings WHERE {_SEEN}"  # noqa: S608 - texts of ours
    " GROUP BY debit, currency UNION ALL"
    f" SELECT credit, currency, 0, sum(amount_minor) FROM postings WHERE {_SEEN} GROUP BY credit, currency"
)
_TRIAL: Final = text(
    "SELECT account, currency, CAST(sum(debits) AS bigint) AS debits, CAST(sum(credits) AS bigint) AS credits"  # noqa: S608 - texts of ours
    f" FROM ({_MOVED}) AS moved GROUP BY account, currency"
)
_KEYS: Final = {
    AgingGroup.LEASE: "leases.lease_id",
    AgingGroup.TENANT: "leases.first_tenant_id",
    AgingGroup.PROPERTY: "units.property_id",
    AgingGroup.PORTFOLIO: "leases.portfolio_id",
}
_OF_LEASES: Final = " OR ".join(f"starts_with(account, '{start}')" for start in LEASE_ACCOUNTS)
_OWED: Final = {
    by: text(
        f"SELECT {key} AS key, moved.currency, CAST(sum(debits - credits) AS bigint) AS minor FROM ({_MOVED}) AS moved"  # noqa: S608 - texts of ours
        " JOIN leases ON leases.portfolio_id = :portfolio"
        " AND leases.lease_id = substr(moved.account, strpos(moved.account, ':') + 1)"
        " JOIN units ON units.portfolio_id = leases.portfolio_id AND units.unit_id = leases.unit_id"
        f" WHERE {_OF_LEASES} GROUP BY {key}, moved.currency HAVING sum(debits - credits) <> 0"
    )
    for by, key in _KEYS.items()
}
_WAITING: Final = text(
    "SELECT payments.payment_id, min(leases.lease_id) AS lease_id FROM payments JOIN leases"  # noqa: S608 - texts of ours
    " ON leases.portfolio_id = payments.portfolio_id AND leases.checked_reference = payments.named_reference"
    " WHERE payments.portfolio_id = :portfolio AND payments.reversed_on IS NULL"
    f" AND payments.given_minor < payments.amount_minor AND payments.named_reference <> '' AND leases.{OCCUPYING}"
    " GROUP BY payments.payment_id HAVING count(*) = 1 ORDER BY payments.payment_id"
)
_NAMED: Final = text(
    "SELECT checked_reference, min(lease_id) AS lease_id FROM leases"  # noqa: S608 - texts of ours
    " WHERE portfolio_id = :portfolio AND checked_reference = ANY(:references) AND checked_reference <> ''"
    f" AND {OCCUPYING}"
    " GROUP BY checked_reference HAVING count(*) = 1 ORDER BY checked_reference"
)


class PostgresSums(Reader, Balances, ExactReferences):
    """One statement a question."""

    @override
    def trial_balance(
        self, portfolio_id: PortfolioId, *, as_of: date | None = None, known_on: datetime | None = None
    ) -> TrialBalance:
        found: list[AccountBalance] = []
        for row in self._rows(portfolio_id, _TRIAL, _seen(as_of, known_on)):
            currency = currency_of(row.currency)
            found.append(AccountBalance(row.account, Money(row.debits, currency), Money(row.credits, currency)))
        return TrialBalance(tuple(sorted(found, key=lambda it: (it.account, it.debits.currency.code))))

    @override
    def owed(
        self,
        portfolio_id: PortfolioId,
        *,
        by: AgingGroup = AgingGroup.LEASE,
        as_of: date | None = None,
        known_on: datetime | None = None,
    ) -> tuple[OwedBalance, ...]:
        rows = self._rows(portfolio_id, _OWED[by], _seen(as_of, known_on))
        found = (OwedBalance(row.key, Money(row.minor, currency_of(row.currency))) for row in rows)
        return tuple(sorted(found, key=lambda it: (it.key, it.balance.currency.code)))

    @override
    def waiting_for(self, portfolio_id: PortfolioId) -> Mapping[PaymentId, LeaseId]:
        rows = self._rows(portfolio_id, _WAITING, {})
        return {PaymentId(row.payment_id): LeaseId(row.lease_id) for row in rows}

    @override
    def leases_named(self, portfolio_id: PortfolioId, references: Iterable[str]) -> Mapping[str, LeaseId]:
        rows = self._rows(portfolio_id, _NAMED, {"references": sorted(set(references))})
        return {row.checked_reference: LeaseId(row.lease_id) for row in rows}

    def _rows(self, portfolio_id: PortfolioId, statement: Any, values: Mapping[str, object]) -> Iterable[Any]:  # noqa: ANN401 - a text, and rows by their columns' names
        self._require_open(portfolio_id)
        with snapshot(self._engine) as connection:
            return connection.execute(statement, {"portfolio": portfolio_id, **values}).all()


def _seen(as_of: date | None, known_on: datetime | None) -> Mapping[str, object]:
    return {"as_of": as_of, "known_on": None if known_on is None else require_instant(known_on)}
