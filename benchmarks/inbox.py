"""Importing payment reports, with payments, reports, postings and sealed events, beside row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Final

import psycopg

from benchmarks.book import NOW, PORTFOLIO, command, copy_dicts, make_book
from benchmarks.database import database, empty, engine_of, server, settle
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from marketplace_adapters.postgres.bulk.inbox import PostgresPaymentInbox
from marketplace_adapters.postgres.rows.payments import payment_row
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import Payer, Payment, PaymentReport, ReportSource

OURS, AGAIN, ROWS = "ours: import", "ours: the same import again", "row by row, payments only"
ACCOUNT: Final = CollectionAccountId("paybill")


def run(scale: Scale) -> list[Report]:
    """Reports of one statement; a second import counts them and writes nothing."""
    report = Report("Payment import: payments, reports, postings, events; fsync on")
    with server() as owner:
        for size in scale.sizes:
            with database(owner) as dsn:
                _open(dsn)
                runs = 1 if size > scale.slow_peers else scale.runs
                seconds = median_seconds(partial(receive, dsn, size), runs, partial(_forget, dsn))
                again = median_seconds(partial(receive, dsn, size), runs)
                _forget(dsn)
                memory = in_child(receive_in_child, dsn, size)
                report.add(Measured(OURS, size, seconds, size, runs, memory))
                report.add(Measured(AGAIN, size, again, size, runs))
                if size <= scale.slow_peers:
                    seconds = median_seconds(partial(_one_by_one, dsn, size), 1, partial(_forget, dsn))
                    report.add(Measured(ROWS, size, seconds, size))
    for size in scale.sizes:
        ours = report.find(OURS, size)
        if ours and ours.extra_memory_megabytes is not None:
            report.ratios.append(
                Ratio("extra memory of the import", size, ours.extra_memory_megabytes, 150, unit=" MB")
            )
    growth(report, OURS, scale.sizes, 11)
    report.notes.append("the peer writes one table of the five that ours does, and no sealed events: no ratio is asked")
    return [report]


def reports(count: int) -> Iterator[PaymentReport]:
    """One report a transaction."""
    for index in range(count):
        yield PaymentReport(
            ACCOUNT,
            f"T{index:09d}",
            ReportSource.STATEMENT,
            Money(1_000_000 + index % 997, KES),
            NOW,
            date(2026, 11, 1),
            f"REF{index}",
            Payer("Jane Doe", "2547****5678"),
            f"file.csv:{index}",
        )


def receive(dsn: Dsn, count: int) -> None:
    """Import the reports."""
    with engine_of(dsn) as engine:
        PostgresPaymentInbox(engine).receive(command("import"), reports(count))


def receive_in_child(dsn: Dsn, count: int) -> float:
    """Import the reports and give the extra memory it took, in megabytes."""
    with peak_memory() as grown:
        receive(dsn, count)
    return grown[0]


def _open(dsn: Dsn) -> None:
    make_book(dsn, 1)
    account = {"collection_account_id": ACCOUNT, "kind": "paybill", "number": "400200", "currency": "KES"}
    with psycopg.connect(dsn.conninfo()) as connection:
        copy_dicts(connection, "collection_accounts", [account])
        own = {"portfolio_id": PORTFOLIO, "collection_account_id": ACCOUNT, "name": ""}
        copy_dicts(connection, "portfolio_accounts", [own])


def _forget(dsn: Dsn) -> None:
    empty(dsn, "inbox_transactions", "payments", "postings", "events", "event_heads")
    settle(dsn)


def _one_by_one(dsn: Dsn, count: int) -> None:
    statement = b""
    with psycopg.connect(dsn.conninfo()) as connection:
        for report in reports(count):
            row = payment_row(Payment.first_told(report, NOW, command("x").portfolio_id))
            if not statement:
                places = ", ".join(["%s"] * len(row))
                statement = f"INSERT INTO payments ({', '.join(row)}) VALUES ({places}) ON CONFLICT DO NOTHING".encode()  # noqa: S608
            connection.execute(statement, list(row.values()))
