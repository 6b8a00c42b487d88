"""What of listings, applications and inquiries follows a change elsewhere: a unit's kind, a merged or erased person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, select, text

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.rows import asking as rows
from marketplace_adapters.postgres.rows.listings import kind_mark
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.listings.applications import APPLICANT
from marketplace_core.domain.listings.erasing import Asker, signs_of
from marketplace_core.domain.party import Person, Unit

_KINDS: Final = text("""
UPDATE listings AS it SET unit_kind = told.kind, marks = CASE WHEN it.published_at IS NULL THEN it.marks
    ELSE ts_delete(it.marks, told.was) || array_to_tsvector(ARRAY[told.mark]) END
FROM (
    SELECT listing.listing_id, said.kind, said.mark, '=kind=' || listing.unit_kind AS was
    FROM unnest(CAST(:units AS text[]), CAST(:kinds AS text[]), CAST(:marks AS text[])) AS said (unit_id, kind, mark)
    JOIN listings AS listing
        ON listing.portfolio_id = :portfolio AND listing.unit_id = said.unit_id COLLATE "C"
    WHERE listing.unit_kind <> said.kind COLLATE "C"
) AS told
WHERE it.portfolio_id = :portfolio AND it.listing_id = told.listing_id
""")
_MERGED: Final = tuple(
    text(f"UPDATE {table} SET person_id = :kept WHERE portfolio_id = :portfolio AND person_id = :duplicate")  # noqa: S608 - names of ours
    for table in ("applications", "inquiries")
)
_ACCOUNTS: Final = text(
    "SELECT system, external_id FROM external_links"
    " WHERE portfolio_id = :portfolio AND kind = :kind AND our_id = ANY(:people)"
)
_THEIRS: Final = (
    "portfolio_id = :portfolio AND NOT is_erased AND (person_id = ANY(:people)"
    " OR jsonb_exists_any(signs, CAST(:signs AS text[])) OR (system, applicant_id) IN ("
    "  SELECT * FROM unnest(CAST(:systems AS text[]), CAST(:accounts AS text[]))))"
)


def follow_kinds(connection: Connection, portfolio_id: PortfolioId, units: Iterable[Unit]) -> None:
    """Let listings say what kind their units are, whose rows are written and held."""
    found = {it.unit_id: it.kind for it in units}
    if not found:
        return
    values = {"portfolio": portfolio_id, "units": list(found), "kinds": [str(it) for it in found.values()]}
    marks = {"marks": [kind_mark(it) for it in found.values()]}
    connection.execute(_KINDS, values | marks)


def follow_merge(connection: Connection, portfolio_id: PortfolioId, duplicate_id: PersonId, kept_id: PersonId) -> None:
    """Let what names a duplicate name the kept person; call it when the duplicate is marked."""
    for statement in _MERGED:
        connection.execute(statement, {"portfolio": portfolio_id, "duplicate": duplicate_id, "kept": kept_id})


def erase_askers(connection: Connection, portfolio_id: PortfolioId, people: Collection[Person]) -> tuple[int, int]:
    """Empty applications and inquiries of people; how many there were of each."""
    ids = frozenset(it.person_id for it in people)
    named = {"portfolio": portfolio_id, "people": sorted(ids)}
    accounts = connection.execute(_ACCOUNTS, {**named, "kind": APPLICANT})
    asker = Asker(ids, signs_of(people), frozenset((row.system, row.external_id) for row in accounts))
    values = {
        **named,
        "signs": sorted(asker.signs),
        "systems": [system for system, _ in sorted(asker.accounts)],
        "accounts": [account for _, account in sorted(asker.accounts)],
    }
    return _erase_applications(connection, asker, values), _erase_inquiries(connection, asker, values)


def _erase_applications(connection: Connection, asker: Asker, values: dict[str, Any]) -> int:
    table = schema.applications
    key = table.c.application_id
    statement = select(table).where(text(_THEIRS)).order_by(key).with_for_update()
    found = [rows.application_of(row) for row in connection.execute(statement, values).mappings()]
    theirs = [it for it in found if asker.wrote(it)]
    for it in theirs:
        own = (table.c.portfolio_id == it.portfolio_id, key == it.application_id)
        connection.execute(table.update().where(*own).values(rows.application_row(it.erased())))
    return len(theirs)


def _erase_inquiries(connection: Connection, asker: Asker, values: dict[str, Any]) -> int:
    table = schema.inquiries
    key = table.c.inquiry_id
    statement = select(table).where(text(_THEIRS)).order_by(key).with_for_update()
    found = [rows.inquiry_of(row) for row in connection.execute(statement, values).mappings()]
    theirs = [it for it in found if asker.wrote(it)]
    for it in theirs:
        own = (table.c.portfolio_id == it.portfolio_id, key == it.inquiry_id)
        connection.execute(table.update().where(*own).values(rows.inquiry_row(it.erased())))
    return len(theirs)
