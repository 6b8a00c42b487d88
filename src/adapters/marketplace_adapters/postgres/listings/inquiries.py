"""Inquiries on PostgreSQL: the listing's row is the lock of all that are about it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, insert, select, update
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import lent, single_look
from marketplace_adapters.postgres.listings.locks import hold_inquiries, keep_unmerged
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import asking as rows
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.identifiers import InquiryId, ListingId, PortfolioId
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.listings.inquiries import Inquiries, InquiryDecision

_TABLE = schema.inquiries


class PostgresInquiries(Reader, Inquiries):
    """Two who ask about one listing are taken one after the other, so that one person's are one."""

    @override
    def change_inquiries(
        self, portfolio_id: PortfolioId, listing_id: ListingId, decide: InquiryDecision
    ) -> Inquiry | None:
        def work(connection: Connection) -> Inquiry | None:
            hold_inquiries(connection, portfolio_id, listing_id)
            _require_listing(connection, portfolio_id, listing_id)
            known = _locked(connection, portfolio_id, listing_id)
            with lent(connection):
                after = decide(tuple(known.values()))
            if after is None or after == known.get(after.inquiry_id):
                return after
            if (after.portfolio_id, after.listing_id) != (portfolio_id, listing_id):
                raise InvalidInput(f"inquiry {after.inquiry_id} is about listing {after.listing_id}, not {listing_id}")
            _write(connection, known.get(after.inquiry_id), after)
            return after

        return in_transaction(self._engine, work)

    @override
    def inquiry(self, portfolio_id: PortfolioId, inquiry_id: InquiryId) -> Inquiry:
        return self._one(portfolio_id, _TABLE, "inquiry_id", inquiry_id, rows.inquiry_of)

    @override
    def untold_inquiries(self, portfolio_id: PortfolioId, limit: int = 100) -> tuple[Inquiry, ...]:
        statement = select(_TABLE).where(_TABLE.c.portfolio_id == portfolio_id, _TABLE.c.is_untold)
        statement = statement.order_by(_TABLE.c.asked_at, _TABLE.c.inquiry_id).limit(limit)
        with single_look(self._engine) as connection:
            return tuple(rows.inquiry_of(row) for row in connection.execute(statement).mappings())

    @override
    def inquiries(self, portfolio_id: PortfolioId, listing_id: ListingId | None = None) -> Iterator[Inquiry]:
        statement = select(_TABLE).where(_TABLE.c.portfolio_id == portfolio_id)
        if listing_id is not None:
            statement = statement.where(_TABLE.c.listing_id == listing_id)
        return self._values(statement.order_by(_TABLE.c.asked_at.desc(), _TABLE.c.inquiry_id.desc()), rows.inquiry_of)


def _require_listing(connection: Connection, portfolio_id: PortfolioId, listing_id: ListingId) -> None:
    if not is_open(connection, portfolio_id):
        raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
    table = schema.listings
    own = (table.c.portfolio_id == portfolio_id, table.c.listing_id == listing_id)
    if connection.scalar(select(table.c.listing_id).where(*own)) is None:
        raise NotFound(f"portfolio {portfolio_id} has no listing {listing_id}")


def _locked(connection: Connection, portfolio_id: PortfolioId, listing_id: ListingId) -> dict[InquiryId, Inquiry]:
    """Those about a listing, by id, each locked: whoever is erased meanwhile is not written back."""
    statement = select(_TABLE).where(_TABLE.c.portfolio_id == portfolio_id, _TABLE.c.listing_id == listing_id)
    statement = statement.order_by(_TABLE.c.inquiry_id).with_for_update()
    found = map(rows.inquiry_of, connection.execute(statement).mappings())
    return {it.inquiry_id: it for it in found}


def _write(connection: Connection, before: Inquiry | None, after: Inquiry) -> None:
    if after.person_id is not None and (before is None or before.person_id != after.person_id):
        keep_unmerged(connection, after.portfolio_id, after.person_id)
    row = rows.inquiry_row(after)
    if before is None:
        connection.execute(insert(_TABLE).values(row))
        return
    own = (_TABLE.c.portfolio_id == after.portfolio_id, _TABLE.c.inquiry_id == after.inquiry_id)
    connection.execute(update(_TABLE).where(*own).values(row))
