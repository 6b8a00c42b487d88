"""Writes facts of who and what is in the books."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from marketplace_core.domain.facts import (
    AliasForgotten,
    AliasLearned,
    CollectionAccountOpened,
    ExternalLinked,
    ExternalRelinked,
    PersonMerged,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.merging import require_mark_alone, require_unmerged
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
    """Add or change a property; its landlord is nobody merged into somebody else."""
    require_named_unmerged(work, [fact.record.landlord_id] if fact.record.landlord_id else [])
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
    """Add or change a person; of who was merged nothing new is recorded."""
    require_mark_alone(fact.person)
    require_named_unmerged(work, [fact.person.person_id])
    work.transaction.on(work.book.people).put(fact.person.person_id, fact.person)


def merge_person(work: Workplace, fact: PersonMerged) -> None:
    """Mark the duplicate; whoever was merged into it is marked with the kept person too."""
    people = work.transaction.on(work.book.people)
    for person_id in (fact.duplicate_id, fact.kept_id):
        if person_id not in people:
            raise NotFound(f"portfolio {work.book.portfolio_id} has no person {person_id}")
    require_named_unmerged(work, [fact.duplicate_id, fact.kept_id])
    for person_id in work.book.people:
        one = people.get(person_id)
        if one is not None and fact.duplicate_id in {one.person_id, one.merged_into}:
            people.put(person_id, evolve(one, merged_into=fact.kept_id))
    _name_instead(work, fact)


def _name_instead(work: Workplace, fact: PersonMerged) -> None:
    """Applications and inquiries of the duplicate are the kept person's."""
    applications = work.transaction.on(work.book.applications)
    inquiries = work.transaction.on(work.book.inquiries)
    for application in work.book.applications.values():
        if application.person_id == fact.duplicate_id:
            applications.put(application.application_id, evolve(application, person_id=fact.kept_id))
    for inquiry in work.book.inquiries.values():
        if inquiry.person_id == fact.duplicate_id:
            inquiries.put(inquiry.inquiry_id, evolve(inquiry, person_id=fact.kept_id))


def require_named_unmerged(work: Workplace, person_ids: Iterable[PersonId]) -> None:
    """Refuse to name somebody who was merged: another one stands for them."""
    people = work.transaction.on(work.book.people)
    for person_id in person_ids:
        if (known := people.get(person_id)) is not None:
            require_unmerged(known)


def link(work: Workplace, fact: ExternalLinked) -> None:
    """Let an outside id stand for one of ours, for good; not for who was merged."""
    require_named_unmerged(work, [PersonId(fact.our_id)])
    key = (fact.system, fact.kind, fact.external_id)
    links = work.transaction.on(work.book.links)
    known = links.get(key)
    if known is not None and known != fact.our_id:
        raise AlreadyExists(f"{fact.system} {fact.kind} {fact.external_id} stands for {known}, not for {fact.our_id}")
    links.put(key, fact.our_id)


def relink(work: Workplace, fact: ExternalRelinked) -> None:
    """Let an outside id that stands for somebody merged stand for who stands for them."""
    key = (fact.system, fact.kind, fact.external_id)
    links = work.transaction.on(work.book.links)
    known = links.get(key)
    if known != fact.before:
        raise AlreadyExists(f"{fact.system} {fact.kind} {fact.external_id} stands for {known}, not for {fact.before}")
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
