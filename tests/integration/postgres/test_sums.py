"""Balances and exact references in SQL are the pure functions' answers, for any portfolio, day and knowledge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests.fixtures.databases import Database, new_database
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.aging import AgingGroup
from marketplace_core.domain.codec import from_plain
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PersonId, PortfolioId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.reconciliation.exact import exact_references, named_reference, owners_of
from marketplace_core.domain.reference import issue_reference
from marketplace_core.domain.trial_balance import owed, trial_balance
from marketplace_core.errors import MarketplaceError
from marketplace_core.testing.life import BEGINNING, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.postgres

LEASES = 4
REFERENCES = [issue_reference(PortfolioId("any"), LeaseId(f"l{number}")) for number in range(3)]
STATUSES = [LeaseStatus.ACTIVE, LeaseStatus.ACTIVE, LeaseStatus.ENDED, LeaseStatus.DRAFT]
_names = count(1)


@pytest.fixture(scope="module")
def engine(postgres_server: Database) -> Iterator[Engine]:
    """One database for all examples: each opens a portfolio of its own."""
    with new_database(postgres_server, make_tables) as database:
        pool = make_engine(database.application)
        yield pool
        pool.dispose()


class Step(NamedTuple):
    """What happens, to which lease, on which day, of how much; the text is a payment's."""

    verb: str
    lease: int
    day: date
    amount: int
    text: str


spelled = st.builds(
    lambda reference, write: write(reference),
    st.sampled_from(REFERENCES),
    st.sampled_from([str, str.lower, "{} rent".format, " {}".format, "1234567{}".format, "kodi ya {}".format]),
)
texts = st.one_of(
    spelled,
    st.builds("{} {}".format, spelled, spelled),
    st.sampled_from(["", "A1", "0722000111", "1234567", "house A2 jan"]),
    st.text(max_size=12).filter(lambda text: "\0" not in text and text.isprintable()),
)
steps = st.builds(
    Step,
    st.sampled_from(["bill", "pay", "pay", "give", "give", "undo", "reverse", "void", "credit", "deduct", "erase"]),
    st.integers(1, LEASES),
    st.dates(date(2026, 1, 1), date(2026, 4, 30)),
    st.integers(1, 40_000),
    texts,
)
signed = st.tuples(
    st.sampled_from([REFERENCES[0], REFERENCES[0].lower(), REFERENCES[1], ""]), st.sampled_from(STATUSES)
)


class Told:
    """One story told to one store."""

    def __init__(self, life: PortfolioLife, leases: list[tuple[str, LeaseStatus]]) -> None:
        """Open the book and sign the leases that may be signed; leases 1 and 2 have one tenant."""
        self.life = life.opened(LEASES)
        self.payments: list[PaymentId] = []
        for number, (reference, status) in enumerate(leases, start=1):
            tenants = (PersonId(f"t{max(number, 2)}"),)
            with suppress(MarketplaceError):
                life.let(
                    number,
                    10_000 + number,
                    reference=reference,
                    status=status,
                    tenant_ids=tenants,
                    deposit=life.money(5_000),
                )

    def take(self, step: Step) -> None:
        """Let a step happen where the rules allow it."""
        with suppress(MarketplaceError, LookupError, ZeroDivisionError):
            _VERBS[step.verb](self, step)


def _pay(told: Told, step: Step) -> None:
    number = len(told.payments)
    report = told.life.report(f"{told.life.portfolio_id}-T{number}", step.amount, step.day.isoformat())
    told.payments.append(report.payment_id)
    told.life.receive(evolve(report, reference_text=step.text))


def _give(told: Told, step: Step) -> None:
    payment_id = told.payments[step.amount % len(told.payments)]
    left = told.life.store.payment(told.life.portfolio_id, payment_id).unapplied_minor // told.life.currency.scale
    told.life.give(payment_id, {f"l{step.lease}": left if step.amount % 2 else step.amount // 4 + 1})


def _undo(told: Told, step: Step) -> None:
    matches = sorted(told.life.store.matches(told.life.portfolio_id), key=lambda it: it.match_id)
    told.life.undo(matches[step.amount % len(matches)].match_id)


def _void(told: Told, step: Step) -> None:
    invoice = told.life.invoices(f"l{step.lease}")[-1]
    on = max(step.day, invoice.issue_date)
    told.life.correct.void_invoice(told.life.command(), invoice.lease_id, invoice.invoice_id, on)


def _credit(told: Told, step: Step) -> None:
    invoice = told.life.invoices(f"l{step.lease}")[-1]
    amount = told.life.money(step.amount % 900 + 1)
    told.life.correct.credit_invoice(told.life.command(), invoice.lease_id, invoice.invoice_id, amount, step.day)


_VERBS: dict[str, Callable[[Told, Step], object]] = {
    "bill": lambda told, step: told.life.bill(f"2026-{step.day.month:02d}"),
    "pay": _pay,
    "give": _give,
    "undo": _undo,
    "reverse": lambda told, step: told.life.reverse(told.payments[step.amount % len(told.payments)], "2026-05-01"),
    "void": _void,
    "credit": _credit,
    "deduct": lambda told, step: told.life.correct.deduct_from_deposit(
        told.life.command(), LeaseId(f"l{step.lease}"), told.life.money(step.amount % 5_000 + 1), step.day
    ),
    "erase": lambda told, step: told.life.store.erase_person(told.life.command(), PersonId(f"t{step.lease}")),
}


@given(
    leases=st.lists(signed, min_size=LEASES, max_size=LEASES),
    happenings=st.lists(steps, min_size=5, max_size=18),
    as_of=st.none() | st.dates(date(2026, 1, 1), date(2026, 5, 31)),
    minutes=st.none() | st.integers(0, 40),
)
def test_sql_and_the_pure_functions_agree(
    engine: Engine,
    leases: list[tuple[str, LeaseStatus]],
    happenings: list[Step],
    as_of: date | None,
    minutes: int | None,
) -> None:
    """After any story: trial balance, what each group owes, and the payments that name a lease."""
    name = f"p{next(_names)}"
    memory, store = MemoryBooks(), PostgresStore(engine)
    for books in (memory, store):
        told = Told(PortfolioLife(books, name), leases)
        for step in [Step("bill", 1, date(2026, 1, 1), 1, ""), *happenings]:
            told.take(step)
    own, known_on = PortfolioId(name), None if minutes is None else BEGINNING + timedelta(minutes=minutes)
    assert list(store.state(own)) == list(memory.state(own))
    postings = [from_plain(json.loads(row.body), Posting) for row in memory.state(own) if row.kind == "posting"]
    days = {None, as_of, *(it.value_date for it in postings[:8])}
    instants = {None, known_on, *(it.recorded_at for it in postings[:4])}
    for day in days:
        for instant in instants:
            trial = trial_balance(postings, day, instant)
            assert store.trial_balance(own, as_of=day, known_on=instant) == trial
            assert store.owed(own, as_of=day, known_on=instant) == owed(trial, str)
    for by in AgingGroup:
        assert store.owed(own, by=by, as_of=as_of, known_on=known_on) == memory.owed(
            own, by=by, as_of=as_of, known_on=known_on
        )
    waiting = [(it.payment.payment_id, it.payment.reference_text) for it in memory.waiting(own)]
    named = [(it.lease_id, it.reference) for it in memory.leases(own) if it.is_billable]
    assert store.waiting_for(own) == exact_references(waiting, named)
    asked = {named_reference(step.text) for step in happenings}
    owners = owners_of(named)
    assert store.leases_named(own, asked) == {it: owners[it] for it in asked if it in owners}
