"""Take over the first system's folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.first_system.plan import ImportPlan, TieLine
from marketplace_core.domain.first_system.planning import plan_import
from marketplace_core.domain.identifiers import PortfolioId, checked_id
from marketplace_core.domain.money import Currency
from marketplace_core.domain.party import Portfolio
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.errors import AlreadyExists, Conflict, NotFound, RuleViolation
from marketplace_core.ports.directory import Directory
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Month, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.cli.setup import parse_account

_OLD_BOOK: Final = "cash:old-book"
"""Where old payments stand when nobody has said where they came in; an import done again finds it."""


def import_folder(
    folder: Path,
    *,
    account: Annotated[
        str, Parameter(help="Account of the old payments, as KIND:NUMBER (default: the only one).")
    ] = "",
    first_month: Annotated[Month | None, Parameter(help="First month that is billed here (default: next).")] = None,
    name: Annotated[str, Parameter(help="Name of the portfolio, where it is new.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take over a folder of CSV files, checked as a whole before anything is written; the same again adds nothing."""
    from marketplace_entrypoints.composition import read_first_system

    files = read_first_system(folder)
    with opened(where, may_begin=True) as here:
        portfolio = _portfolio(here, name or folder.name)
        target = _account(here, account, portfolio)
        command = here.command("import.first_system", act, portfolio.portfolio_id)
        first_day = first_month.start if first_month else _next_month(day_in_zone(command.recorded_at, portfolio.zone))
        plan = plan_import(
            files,
            portfolio=portfolio,
            collection_account_id=target.collection_account_id,
            first_billing_day=first_day,
            recorded_at=command.recorded_at,
        )
        try:
            recorded = here.container.import_first_system()(command, plan, [target], dry_run=act.dry_run)
        except (Conflict, RuleViolation) as problem:
            known = _leases_here(here, plan)
            if not known:
                raise
            raise AlreadyExists(
                f"{len(known)} leases of {folder} are in the books already, the first is {known[0]!r}, and the folder"
                " says other things than when it was imported: import a folder of what is new alone (files with nothing"
                " new keep their first line only), and change what is here with marketplace leases"
            ) from problem
        told = {
            "portfolio": portfolio.portfolio_id,
            "first_billing_day": plain.day(first_day),
            "facts": len(recorded.facts),
            "repeated": recorded.repeated,
            "tie_out": [_plain_line(it) for it in plan.tie_out],
            "dry_run": act.dry_run,
        }
        if not account and target.kind is CollectionKind.CASH:
            here.output.say(
                f"The old payments are in {target.collection_account_id}. Before new ones come, open the account they"
                f" come to: marketplace init {portfolio.portfolio_id} --account paybill:NUMBER"
            )
        state = "Would import" if act.dry_run else ("Imported before:" if recorded.repeated else "Imported")
        return here.answer(told, f"{state} {folder} as portfolio {portfolio.portfolio_id}", _tie_table(plan))


def _portfolio(here: Session, name: str) -> Portfolio:
    every = here.ports.portfolios()
    wanted = here.where.portfolio or here.settings.portfolio or (every[0].portfolio_id if len(every) == 1 else "main")
    return _known(here.ports, PortfolioId(checked_id(wanted))) or Portfolio(
        PortfolioId(wanted), name, Currency.of("KES")
    )


def _account(here: Session, text: str, portfolio: Portfolio) -> CollectionAccount:
    if text or _known(here.ports, portfolio.portfolio_id) is None:
        return parse_account(text or _OLD_BOOK, portfolio.currency)
    accounts = here.ports.collection_accounts(portfolio.portfolio_id)
    before = parse_account(_OLD_BOOK, portfolio.currency)
    if before in accounts:
        return before
    if len(accounts) > 1:
        known = ", ".join(f"{it.kind}:{it.number}" for it in accounts)
        raise Refused(f"say with --account where the old payments came in: {portfolio.portfolio_id} has {known}")
    return accounts[0] if accounts else before


def _known(directory: Directory, portfolio_id: PortfolioId) -> Portfolio | None:
    try:
        return directory.portfolio(portfolio_id)
    except NotFound:
        return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _plain_line(line: TieLine) -> plain.Plain:
    return {
        "what": line.kind.value,
        "in_files": line.in_files,
        "in_books": line.in_plan,
        "sum_in_files": plain.money(line.sum_in_files) if line.sum_in_files else None,
        "sum_in_books": plain.money(line.sum_in_plan) if line.sum_in_plan else None,
        "ties": line.ties,
    }


def _leases_here(here: Session, plan: ImportPlan) -> list[str]:
    """The old ids of the plan's leases that were imported before."""
    links = [it for it in plan.links if it.kind == "lease"]
    own = plan.portfolio.portfolio_id
    return [it.external_id for it in links if here.ports.our_id(own, it.system, it.kind, it.external_id)]


def _tie_table(plan: ImportPlan) -> Table:
    rows = (
        (it.kind.value, it.in_files, it.in_plan, it.sum_in_files, it.sum_in_plan, "=" if it.ties else "DIFFERS")
        for it in plan.tie_out
    )
    return table(("", "in files", "in books", "sum in files", "sum in books", ""), rows)
