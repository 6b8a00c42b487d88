"""Writes facts of who and what is in the books."""

from __future__ import annotations

from attrs import evolve

from marketplace_core.domain.facts import (
    AliasForgotten,
    AliasLearned,
    CollectionAccountOpened,
    ExternalLinked,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.errors import AlreadyExists, CurrencyMismatch, NotFound
from marketplace_core.services.memory_books.tables import Workplace


def open_portfolio(work: Workplace, fact: PortfolioOpened) -> None:
    """Open the book, or change its name and zone; its currency stays."""
    table = work.transaction.on(work.book.portfolio)
    known = table.get(fact.portfolio.portfolio_id)
    if known is not None and known.currency != fact.portfolio.currency:
        raise CurrencyMismatch(
            f"portfolio {known.portfolio_id} keeps its books in {known.currency.code}; open another one for "
            f"{fact.portfolio.currency.code}"
        )
    table.put(fact.portfolio.portfolio_id, fact.portfolio)


def open_collection_account(work: Workplace, fact: CollectionAccountOpened) -> None:
    """Collect in an account, which other portfolios may share; only its name may differ."""
    account = fact.account
    known = work.transaction.on(work.shared.collection_accounts).get(account.collection_account_id)
    if known is not None and evolve(known, name=account.name) != account:
        raise AlreadyExists(
            f"collection account {account.collection_account_id} is the {known.kind} {known.number} in "
            f"{known.currency.code}; give the other one another id"
        )
    work.transaction.on(work.shared.collection_accounts).put(account.collection_account_id, account)
    work.transaction.on(work.book.collection_accounts).put(account.collection_account_id, account)


def record_property(work: Workplace, fact: PropertyRecorded) -> None:
    """Add or change a property."""
    work.transaction.on(work.book.properties).put(fact.record.property_id, fact.record)


def record_unit(work: Workplace, fact: UnitRecorded) -> None:
    """Add or change a unit; its code is nobody else's in the portfolio."""
    unit = fact.unit
    if unit.property_id not in work.transaction.on(work.book.properties):
        raise NotFound(f"unit {unit.unit_id}: portfolio {unit.portfolio_id} has no property {unit.property_id}")
    codes, units = work.transaction.on(work.book.unit_codes), work.transaction.on(work.book.units)
    holder = codes.get(unit.code)
    if holder is not None and holder != unit.unit_id:
        raise AlreadyExists(f"unit {unit.unit_id}: the code {unit.code!r} is that of unit {holder}; use another")
    known = units.get(unit.unit_id)
    if known is not None:
        codes.drop(known.code)
    codes.put(unit.code, unit.unit_id)
    units.put(unit.unit_id, unit)


def record_person(work: Workplace, fact: PersonRecorded) -> None:
    """Add or change a person."""
    work.transaction.on(work.book.people).put(fact.person.person_id, fact.person)


def link(work: Workplace, fact: ExternalLinked) -> None:
    """Let an outside id stand for one of ours, for good."""
    key = (fact.system, fact.kind, fact.external_id)
    links = work.transaction.on(work.book.links)
    known = links.get(key)
    if known is not None and known != fact.our_id:
        raise AlreadyExists(f"{fact.system} {fact.kind} {fact.external_id} stands for {known}, not for {fact.our_id}")
    links.put(key, fact.our_id)


def learn_alias(work: Workplace, fact: AliasLearned) -> None:
    """Let an alias count; one whose text was erased says nothing, and an erased store has it no more."""
    alias = fact.alias
    if not alias.text:
        return
    work.transaction.on(work.book.aliases).put((alias.lease_id, alias.kind, alias.text), alias)


def forget_alias(work: Workplace, fact: AliasForgotten) -> None:
    """Let an alias count no more."""
    alias = fact.alias
    work.transaction.on(work.book.aliases).drop((alias.lease_id, alias.kind, alias.text))
