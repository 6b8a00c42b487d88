"""Portfolios, people, properties, units, collection accounts and leases as rows."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace_adapters.postgres.rows.values import Columns, Row, currency_of, currency_text
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId, PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.party import Person, Portfolio, Property, Unit, UnitKind
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, PayerAlias
from marketplace_core.domain.reconciliation.reading import checked_reference

NO_EARLIER: Final = date.min
"""Stands for no earlier occupation of a unit."""


def portfolio_row(it: Portfolio) -> Row:
    """The columns of a portfolio."""
    return {
        "portfolio_id": it.portfolio_id,
        "name": it.name,
        "currency": currency_text(it.currency),
        "zone": it.zone,
    }


def portfolio_of(row: Columns) -> Portfolio:
    """The portfolio of a row."""
    return Portfolio(PortfolioId(row["portfolio_id"]), row["name"], currency_of(row["currency"]), row["zone"])


def collection_account_row(it: CollectionAccount) -> Row:
    """The columns that all portfolios of a collection account share."""
    return {
        "collection_account_id": it.collection_account_id,
        "kind": it.kind,
        "number": it.number,
        "currency": currency_text(it.currency),
    }


def collection_account_of(row: Columns) -> CollectionAccount:
    """The collection account of a row, under the portfolio's name for it."""
    return CollectionAccount(
        CollectionAccountId(row["collection_account_id"]),
        CollectionKind(row["kind"]),
        row["number"],
        currency_of(row["currency"]),
        row["name"],
    )


def person_row(portfolio_id: PortfolioId, it: Person) -> Row:
    """The columns of a person."""
    return {
        "portfolio_id": portfolio_id,
        "person_id": it.person_id,
        "name": it.name,
        "phones": list(it.phones),
        "email": it.email,
        "national_id": it.national_id,
        "merged_into": it.merged_into,
    }


def person_of(row: Columns) -> Person:
    """The person of a row."""
    merged_into = None if row["merged_into"] is None else PersonId(row["merged_into"])
    told = (row["name"], tuple(row["phones"]), row["email"], row["national_id"])
    return Person(PersonId(row["person_id"]), *told, merged_into)


def property_row(it: Property) -> Row:
    """The columns of a property."""
    return {
        "portfolio_id": it.portfolio_id,
        "property_id": it.property_id,
        "name": it.name,
        "landlord_id": it.landlord_id,
        "address": it.address,
        "archived_on": it.archived_on,
    }


def property_of(row: Columns) -> Property:
    """The property of a row."""
    return Property(
        PortfolioId(row["portfolio_id"]),
        PropertyId(row["property_id"]),
        row["name"],
        row["landlord_id"],
        row["address"],
        row["archived_on"],
    )


def unit_row(it: Unit) -> Row:
    """The columns of a unit."""
    return {
        "portfolio_id": it.portfolio_id,
        "unit_id": it.unit_id,
        "property_id": it.property_id,
        "code": it.code,
        "kind": it.kind,
        "number": it.number,
        "floor": it.floor,
        "block": it.block,
        "archived_on": it.archived_on,
    }


def unit_of(row: Columns) -> Unit:
    """The unit of a row."""
    return Unit(
        PortfolioId(row["portfolio_id"]),
        UnitId(row["unit_id"]),
        PropertyId(row["property_id"]),
        row["code"],
        UnitKind(row["kind"]),
        row["number"],
        row["floor"],
        row["block"],
        row["archived_on"],
    )


def lease_row(it: Lease) -> Row:
    """The columns of a lease, not yet linked to the unit's other leases."""
    return {
        "portfolio_id": it.portfolio_id,
        "lease_id": it.lease_id,
        "unit_id": it.unit_id,
        "first_tenant_id": it.tenant_ids[0],
        "collection_account_id": it.collection_account_id,
        "status": it.status,
        "starts_on": it.start,
        "ends_on": it.end,
        "billing_day": it.billing_day,
        "currency": currency_text(it.currency),
        "reference": it.reference,
        "checked_reference": checked_reference(it.reference),
        "version": it.version,
        "has_one_offs": bool(it.one_off_charges),
        "occupied_until": (it.end or date.max) if it.occupies_unit else None,
        "occupied_after": NO_EARLIER if it.occupies_unit else None,
        "follows_until": None,
        "body": to_plain(it),
    }


def lease_of(row: Columns) -> Lease:
    """The lease of a row."""
    return from_plain(row["body"], Lease)


def alias_row(it: PayerAlias) -> Row:
    """The columns of an alias."""
    return {
        "portfolio_id": it.portfolio_id,
        "lease_id": it.lease_id,
        "kind": it.kind,
        "text": it.text,
        "origin": it.origin,
        "person_id": it.person_id,
    }


def alias_of(row: Columns) -> PayerAlias:
    """The alias of a row."""
    return PayerAlias(
        PortfolioId(row["portfolio_id"]),
        LeaseId(row["lease_id"]),
        row["kind"],
        row["text"],
        row["origin"],
        row["person_id"],
    )
