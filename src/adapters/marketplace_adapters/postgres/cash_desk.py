"""The counter on PostgreSQL: one payment in two statements, one to lock and look, one to write."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import count
from typing import Final

from psycopg import RawCursor
from psycopg.errors import FeatureNotSupported, UniqueViolation
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8
from typing_extensions import override

from marketplace_adapters.postgres.bulk.inbox import PostgresPaymentInbox
from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.rows import payments as rows
from marketplace_adapters.postgres.rows.accounts import posting_row
from marketplace_adapters.postgres.rows.directory import collection_account_of, portfolio_of
from marketplace_adapters.postgres.rows.values import Row
from marketplace_adapters.postgres.short_work import Driver, in_short_transaction, looking
from marketplace_adapters.postgres.writing.chain import link_rows
from marketplace_adapters.postgres.writing.payments import require_currency
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PaymentReceived
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.domain.postings import postings_of
from marketplace_core.domain.telling import InboxTally, command_of, fact_told
from marketplace_core.errors import NotFound
from marketplace_core.ports.cash_desk import CashDesk, Desk, Taken

_DESK: Final = b"""
SELECT p.portfolio_id, p.name, p.currency, p.zone, o.name AS account_name, s.sharers,
       c.collection_account_id, c.kind, c.number, c.currency AS account_currency
FROM portfolios p
LEFT JOIN portfolio_accounts o ON o.portfolio_id = p.portfolio_id AND o.collection_account_id = %(account)s
LEFT JOIN collection_accounts c ON c.collection_account_id = o.collection_account_id
CROSS JOIN (SELECT count(*) AS sharers FROM portfolio_accounts WHERE collection_account_id = %(account)s) s
WHERE p.portfolio_id = %(portfolio)s
"""

# The order of the locks is that of an import: the account, then the head of the chain. Who waited for them may not see
# a transaction that came meanwhile; its key refuses that one.
_LOCK: Final = b"""
SELECT c.currency, h.sequence, h.hash
FROM portfolio_accounts o
JOIN collection_accounts c ON c.collection_account_id = o.collection_account_id
JOIN event_heads h ON h.portfolio_id = o.portfolio_id
WHERE o.portfolio_id = %(portfolio)s AND o.collection_account_id = %(account)s
  AND NOT EXISTS (SELECT FROM inbox_transactions
                  WHERE collection_account_id = %(account)s AND transaction_id = %(transaction)s)
FOR NO KEY UPDATE OF c, h
"""
_MOVED: Final = "UPDATE event_heads SET sequence = {}, hash = {} WHERE portfolio_id = {}"
# A reversal whose payment is taken back already waits no more; any other one is for the core to look at.
_WAITS: Final = """
SELECT EXISTS (SELECT FROM awaited_reversals r
               WHERE r.portfolio_id = {} AND r.dismissed_at IS NULL
                 AND NOT EXISTS (SELECT FROM payments p
                                 WHERE p.portfolio_id = r.portfolio_id AND p.reversed_on IS NOT NULL
                                   AND p.collection_account_id = r.collection_account_id
                                   AND p.transaction_id = upper(r.original_transaction_id)))
"""


class PostgresCashDesk(PostgresPaymentInbox, CashDesk):
    """Takes one payment at a time; what is not plainly new goes the way of an import."""

    @override
    def desk(self, portfolio_id: PortfolioId, account_id: CollectionAccountId) -> Desk:
        names = {"portfolio": portfolio_id, "account": account_id}
        with only_ours(), looking(self._engine) as driver, driver.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_DESK, names).fetchone()
        if row is None:
            raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
        account = {**row, "currency": row["account_currency"], "name": row["account_name"]}
        own = None if row["collection_account_id"] is None else collection_account_of(account)
        return Desk(portfolio_of(row), own, row["sharers"] > 1)

    @override
    def take(self, command: Command, report: PaymentReport) -> Taken:
        taken = in_short_transaction(self._engine, partial(_take_new, command=command, report=report))
        return taken or Taken(self.receive(command, (report,)), may_end_reversal=True)


def _take_new(driver: Driver, *, command: Command, report: PaymentReport) -> Taken | None:
    """Take a payment that no book has; None, and nothing written, where it is known or what it needs is not there."""
    own, account_id = command.portfolio_id, report.collection_account_id
    names = {"portfolio": own, "account": account_id, "transaction": report.transaction_id.upper()}
    try:
        found = driver.execute(_LOCK, names).fetchone()
        if found is None:
            return None
        currency, sequence, previous_hash = found
        tally = InboxTally()
        fact = fact_told(report, command, None, (), (), tally)
        assert isinstance(fact, PaymentReceived)  # noqa: S101 - what a report tells of a payment that is not known
        require_currency(fact.payment, currency)
        waits = _written(driver, command, fact, (sequence, previous_hash))
    except (UniqueViolation, FeatureNotSupported):
        # It came meanwhile; or the database is one that spreads the tables and takes these statements one by one.
        return None
    return Taken(tally.outcome(), may_end_reversal=waits)


def _written(driver: Driver, command: Command, fact: PaymentReceived, head: tuple[int, str]) -> bool:
    """Add the payment with its postings and its link in one statement, and commit; True where a reversal waits."""
    event, vault = link_rows(head, command_of(command, [fact]), [fact])
    added: list[tuple[str, Row]] = [
        ("inbox_transactions", rows.transaction_row(fact.payment)),
        ("payments", rows.payment_row(fact.payment)),
        ("payment_reports", rows.report_row(command.portfolio_id, fact.report, 0)),
        *(("postings", posting_row(it)) for it in postings_of(fact)),
        ("events", event),
        *(("event_personal", it) for it in vault),
    ]
    statement = _statement(tuple((table, tuple(row)) for table, row in added))
    values = [command.portfolio_id, *(it for _, row in added for it in row.values()), event["sequence"], event["hash"]]
    cursor = RawCursor(driver)
    # All numbers of one type: the driver would choose by the size of each, and prepare a statement for every choice.
    cursor.execute(statement, [Int8(it) if type(it) is int else it for it in values])
    found = cursor.fetchone()
    driver.commit()
    return found is None or bool(found[0])


@lru_cache(maxsize=64)
def _statement(added: tuple[tuple[str, tuple[str, ...]], ...]) -> bytes:
    """Adds a row to each table, moves the head, and looks for reversals that wait."""
    own, places = "$1", map("${}".format, count(2))
    inserts = [
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(next(places) for _ in columns)})"  # noqa: S608 - our own tables
        for table, columns in added
    ]
    inserts.append(_MOVED.format(next(places), next(places), own))
    parts = ", ".join(f"part{place} AS ({it})" for place, it in enumerate(inserts))
    return f"WITH {parts} {_WAITS.format(own)}".encode()
