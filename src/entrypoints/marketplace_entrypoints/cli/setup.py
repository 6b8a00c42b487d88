"""Open a book."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.currencies import known_currency
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId, checked_id
from marketplace_core.domain.money import Currency
from marketplace_core.domain.party import Portfolio
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.directory import Directory
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import opened


def init(
    portfolio_id: str,
    *,
    name: Annotated[str, Parameter(help="What people call it (default: as it is, else its id).")] = "",
    currency: Annotated[str, Parameter(help="ISO 4217 code, which stays (default: as it is, else KES).")] = "",
    zone: Annotated[str, Parameter(help="Time zone of its days (default: as it is, else Africa/Nairobi).")] = "",
    account: Annotated[str, Parameter(help="Collection account as KIND:NUMBER, such as paybill:522533.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Open a portfolio with the account it collects in; the same again changes nothing."""
    own = PortfolioId(checked_id(portfolio_id))
    with opened(where, may_begin=True) as here:
        known = _known(here.ports, own)
        asked = known or Portfolio(own, portfolio_id)
        portfolio = Portfolio(
            own, name or asked.name, known_currency(currency) if currency else asked.currency, zone or asked.zone
        )
        accounts = [parse_account(account, portfolio.currency)] if account else []
        if known != portfolio or {*accounts} - {*_accounts(here.ports, known)}:
            command = here.command("portfolio.open", act, portfolio.portfolio_id)
            if not act.dry_run:
                here.container.open_portfolio()(command, portfolio, accounts)
        for it in accounts:
            others = [one for one in here.ports.sharers(it.collection_account_id) if one != own]
            if others:
                here.output.say(
                    f"{', '.join(others)} collects in {it.collection_account_id} too: from now on a payment there must "
                    "name a lease's payment reference; the others wait in marketplace payments held"
                )
        plain = {
            "portfolio": portfolio.portfolio_id,
            "name": portfolio.name,
            "currency": portfolio.currency.code,
            "zone": portfolio.zone,
            "accounts": [it.collection_account_id for it in accounts],
            "dry_run": act.dry_run,
        }
        verb = "Would open" if act.dry_run else "Open:"
        told = (
            f"{verb} portfolio {portfolio.portfolio_id} ({portfolio.name}), {portfolio.currency.code}, {portfolio.zone}"
        )
        return here.answer(plain, told, *(f"collects in {it.collection_account_id}" for it in accounts))


def parse_account(text: str, currency: Currency) -> CollectionAccount:
    """The account that ``paybill:522533`` names; its id is the same text with a dash."""
    kind, _, number = text.partition(":")
    if kind not in list(CollectionKind) or not number:
        raise InvalidInput(f"account {text[:40]!r}: write KIND:NUMBER with a kind of {', '.join(CollectionKind)}")
    return CollectionAccount(
        CollectionAccountId(checked_id(f"{kind}-{number}")), CollectionKind(kind), number, currency
    )


def _known(directory: Directory, portfolio_id: PortfolioId) -> Portfolio | None:
    try:
        return directory.portfolio(portfolio_id)
    except NotFound:
        return None


def _accounts(directory: Directory, known: Portfolio | None) -> tuple[CollectionAccount, ...]:
    return directory.collection_accounts(known.portfolio_id) if known else ()
