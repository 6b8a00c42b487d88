"""What the benchmark of Kill Bill works on: both books put together, and ten thousand accounts put in by SQL."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import psycopg
from attrs import frozen
from scripts.killbill_sandbox import PASSWORD, USER, Sandbox, Tenant

from benchmarks.book import PORTFOLIO
from benchmarks.killbill_replay import Recording
from marketplace_adapters.killbill import Client, KillBillCare, KillBillReading, KillBillServer, KillBillWriting
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.markers import marker_of
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import Charge, OpenAccount
from marketplace_core.ports.outside_engine.engine import OutsideEngine
from marketplace_entrypoints.composition import open_store, wired
from marketplace_entrypoints.composition_engine import EngineContainer, wired_engine
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.settings import Settings

ZONE: Final = "UTC"
"""Of the benchmarks' portfolio."""


@frozen
class Pair:
    """Our books, a tenant in Kill Bill, and the calls between them."""

    books: EngineContainer
    engine: OutsideEngine
    recording: Recording

    def calls(self) -> int:
        """How many calls were made so far."""
        return len(self.recording.calls)


def engine_of_tenant(url: str, tenant: Tenant, recording: Recording) -> OutsideEngine:
    """A tenant as the program talks to it, set up."""
    client = Client(KillBillServer(url, tenant.api_key, tenant.api_secret, USER, PASSWORD), recording)
    care = KillBillCare(client)
    care.set_up()
    return OutsideEngine(KillBillReading(client), KillBillWriting(client), care)


@contextmanager
def paired(dsn: Dsn, sandbox: Sandbox, tenant: Tenant) -> Generator[Pair]:
    """Our books over a database, and the tenant."""
    recording = Recording()
    settings = Settings(dsn=Secret(dsn.conninfo()), owner_dsn=Secret(dsn.conninfo()), billing="killbill")
    with open_store(settings) as store:
        container = wired(settings, store.ports)
        engine = engine_of_tenant(sandbox.url, tenant, recording)
        parts = (settings, store, container.clock(), container.import_payments())
        yield Pair(wired_engine(*parts, engine), engine, recording)


def key_of(lease_id: str) -> AccountKey:
    """The key of a lease of the benchmark's book."""
    return AccountKey(PORTFOLIO, LeaseId(lease_id))


def fill(sandbox: Sandbox, engine: OutsideEngine, nets: Mapping[str, int]) -> None:
    """An account with one invoice for each lease, of so many minor units: one by the API, copies of it by SQL."""
    (first, minor), *others = nets.items()
    key, today = key_of(first), datetime.now(UTC).date()
    opened = OpenAccount(marker_of(key, "account", "1"), key, "Bench", KES, ZONE, 1)
    account_id = engine.writing.perform(key, "", opened)
    charge = Charge(marker_of(key, "charge", "1"), Money(minor, KES), today, "Rent")
    engine.writing.perform(key, account_id, charge)
    with psycopg.connect(sandbox.database.conninfo) as connection:
        connection.execute(
            "CREATE TEMP TABLE wanted (key text, amount numeric(15, 9), account text DEFAULT gen_random_uuid(),"
            " invoice text DEFAULT gen_random_uuid(), item text DEFAULT gen_random_uuid()) ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY wanted (key, amount) FROM STDIN") as copy:
            for lease_id, wanted in others:
                copy.write_row((str(key_of(lease_id)), Money(wanted, KES).plain()))
        account = {"id": "wanted.account", "external_key": "wanted.key"}
        of_account = {"account_id": "wanted.account", "account_record_id": "ours.record_id"}
        invoice = {**of_account, "id": "wanted.invoice"}
        item = {**of_account, "id": "wanted.item", "invoice_id": "wanted.invoice", "amount": "wanted.amount"}
        _copies(connection, "accounts", "id", account_id, account)
        _copies(connection, "invoices", "account_id", account_id, invoice)
        _copies(connection, "invoice_items", "account_id", account_id, {**item, "rate": "wanted.amount"})
    with psycopg.connect(sandbox.database.conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copies(
    connection: psycopg.Connection, table: str, named: str, account_id: str, replaced: Mapping[str, str]
) -> None:
    """A copy of the first account's row for each account that is wanted, but for some columns."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'record_id'"
        " AND table_schema = 'public'",
        [table],
    ).fetchall()
    columns = [str(row[0]) for row in found]
    values = [replaced.get(it, f"model.{it}") for it in columns]
    others = "" if table == "accounts" else " JOIN accounts AS ours ON ours.id = wanted.account"
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608 - words of ours and Kill Bill's
        f" FROM {table} AS model CROSS JOIN wanted{others} WHERE model.{named} = %s"
    )
    connection.execute(statement.encode(), [account_id])


def edit_silently(sandbox: Sandbox, tenant: Tenant, edits: Mapping[str, int]) -> None:
    """Change what accounts owe in Kill Bill's own tables, by minor units a lease: no event, no message."""
    with psycopg.connect(sandbox.database.conninfo) as connection:
        for lease_id, minor in edits.items():
            done = connection.execute(
                "UPDATE invoice_items SET amount = amount + %s WHERE account_record_id = (SELECT a.record_id FROM"
                " accounts AS a JOIN tenants AS t ON t.record_id = a.tenant_record_id WHERE t.id = %s"
                " AND a.external_key = %s)",
                [Money(minor, KES).to_decimal(), tenant.tenant_id, str(key_of(lease_id))],
            )
            if done.rowcount != 1:
                raise AssertionError(f"{lease_id} has {done.rowcount} items and not one")
