"""From the first system's files to the plan of their import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.first_system.checks import problems_of
from marketplace_core.domain.first_system.money_planning import MoneyPlanner
from marketplace_core.domain.first_system.parsing import SourceFile, parse_book
from marketplace_core.domain.first_system.plan import ImportPlan
from marketplace_core.domain.first_system.portfolio_planning import PortfolioPlanner
from marketplace_core.domain.first_system.tie_out import tie_out
from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.party import Portfolio
from marketplace_core.errors import ImportRefused


def plan_import(
    files: Mapping[str, SourceFile],
    *,
    portfolio: Portfolio,
    collection_account_id: CollectionAccountId,
    first_billing_day: date,
    recorded_at: datetime,
) -> ImportPlan:
    """What the import of a whole book will write, after every row and the book as a whole have been checked.

    ``files`` is by name without ``.csv``. Old payments are reports of ``collection_account_id``. This system bills
    every period that begins on or after ``first_billing_day``; old invoices must be older.

    Raises:
        ImportRefused: with every problem found, each with file, line and column; nothing was planned.
    """
    require_instant(recorded_at)
    book, problems = parse_book(files, portfolio.currency)
    incomplete = frozenset(problem.file for problem in problems)
    problems.extend(problems_of(book, first_billing_day, incomplete))
    if problems:
        order = {f"{name}.csv": place for place, name in enumerate(files)}
        problems.sort(key=lambda problem: (order.get(problem.file, len(order)), problem.line, problem.column or ""))
        raise ImportRefused(tuple(problems))
    people = PortfolioPlanner(book, portfolio, first_billing_day)
    people.plan()
    money = MoneyPlanner(book, portfolio, people, collection_account_id, first_billing_day, recorded_at)
    money.plan()
    return ImportPlan(
        portfolio,
        tuple(people.properties),
        tuple(people.units),
        tuple(people.people.values()),
        tuple(people.lease_of_old.values()),
        tuple(money.invoices),
        tuple(money.payments),
        tuple(money.receipts),
        tuple(money.opening_credits),
        tuple(money.deposits),
        (*people.links, *money.links),
        tie_out(book, portfolio.currency, people, money),
    )
