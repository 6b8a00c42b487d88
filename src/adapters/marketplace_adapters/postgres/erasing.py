"""Takes a person out of the tables: rows emptied, sealed parts deleted with their salts, one link that says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, or_, select, text
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import PostgresBooks, in_transaction, known_of, lock
from marketplace_adapters.postgres.listings.following import erase_askers
from marketplace_adapters.postgres.outside_property.locks import hold_occupancies
from marketplace_adapters.postgres.reading import BATCH
from marketplace_adapters.postgres.rows import directory as rows
from marketplace_adapters.postgres.rows.payments import match_of, payment_of
from marketplace_adapters.postgres.ticketing import locked_file, write_file
from marketplace_adapters.postgres.writing.chain import append_link, last_sequence
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_adapters.postgres.writing.lease_lock import share_leases
from marketplace_core.domain.command import Command
from marketplace_core.domain.erasure import (
    CERTIFIED,
    ErasureScope,
    everybody,
    payments_of,
    phone_texts,
    sealed_certificate_marks,
    tells_name,
)
from marketplace_core.domain.facts import PersonErased
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PersonId, PortfolioId, TicketId
from marketplace_core.domain.maintenance.erasing import Whose, erased
from marketplace_core.domain.match_decisions import leases_of
from marketplace_core.domain.party import Person
from marketplace_core.errors import NotFound
from marketplace_core.ports.books import Recorded
from marketplace_core.ports.erasure import Erasure

_LEASES_OF: Final = text(
    "SELECT lease_id FROM leases WHERE portfolio_id = :portfolio"
    " AND jsonb_exists_any(body->'tenant_ids', CAST(:people AS text[]))"
)
_MATCHED: Final = text(
    "SELECT * FROM matches WHERE portfolio_id = :portfolio AND payment_id IN ("
    " SELECT payment_id FROM matches, jsonb_array_elements(slices) AS part"
    " WHERE portfolio_id = :portfolio AND part->>'lease_id' = ANY(:leases))"
)
_MATCHES_OF: Final = text("SELECT * FROM matches WHERE portfolio_id = :portfolio AND payment_id = ANY(:payments)")
_FROM_PHONES: Final = text(
    "SELECT payment_id FROM payments WHERE portfolio_id = :portfolio AND payer_phone = ANY(:phones)"
    " UNION SELECT payment_id FROM payment_reports WHERE portfolio_id = :portfolio AND payer_phone = ANY(:phones)"
)
_EMPTY_PEOPLE: Final = text(
    "UPDATE people SET name = '', phones = '[]', email = '', national_id = ''"
    " WHERE portfolio_id = :portfolio AND person_id = ANY(:people)"
)
_EMPTY_PAYMENTS: Final = text(
    "WITH told AS (SELECT payment_id FROM payments WHERE portfolio_id = :portfolio AND payment_id = ANY(:payments)"
    "  AND (reference_text, payer_name, payer_phone) <> ('', '', '') UNION"
    " SELECT payment_id FROM payment_reports WHERE portfolio_id = :portfolio AND payment_id = ANY(:payments)"
    "  AND (reference_text, payer_name, payer_phone) <> ('', '', '')),"
    " payment AS (UPDATE payments SET reference_text = '', named_reference = '', payer_name = '', payer_phone = ''"
    "  WHERE portfolio_id = :portfolio AND payment_id = ANY(:payments)),"
    " report AS (UPDATE payment_reports SET reference_text = '', payer_name = '', payer_phone = ''"
    "  WHERE portfolio_id = :portfolio AND payment_id = ANY(:payments))"
    " SELECT count(*) FROM told"
)
_EMPTY_CERTIFICATES: Final = tuple(
    text(
        f"UPDATE {table} SET certificate = '' WHERE portfolio_id = :portfolio AND certificate <> ''"  # noqa: S608 - names of ours
        " AND (payment_id = ANY(:payments) OR EXISTS"
        "  (SELECT 1 FROM unnest(CAST(:marks AS text[])) AS mark WHERE strpos(certificate, mark) > 0))"
    )
    for table in ("matches", "proposals")
)
_FORGET_ALIASES: Final = text(
    "DELETE FROM aliases WHERE portfolio_id = :portfolio"
    " AND (lease_id = ANY(:leases) OR person_id = ANY(:people) OR origin = ANY(:matches))"
)
_EMPTY_HELD: Final = text(
    "UPDATE inbox_held SET reference_text = '', payer_name = '', payer_phone = '' WHERE payer_phone = ANY(:phones)"
    " AND collection_account_id IN"
    " (SELECT collection_account_id FROM portfolio_accounts WHERE portfolio_id = :portfolio)"
)
_EMPTY_OCCUPANCIES: Final = text(
    "UPDATE occupancies AS it SET name = '', phone = '', email = '', is_erased = true"
    " WHERE portfolio_id = :portfolio AND NOT is_erased AND (phone = ANY(:phones) OR EXISTS ("
    "  SELECT 1 FROM external_links AS link WHERE link.portfolio_id = :portfolio AND link.system = it.system"
    "  AND link.kind = 'contact' AND link.external_id = it.external_id AND link.our_id = ANY(:people)))"
)
_DELETE_PARTS: Final = text("""
DELETE FROM event_personal AS part USING (
    SELECT sequence, place - 1 AS position, fact->>'fact' AS kind, fact->'body' AS body
    FROM events, jsonb_array_elements(CAST(payload AS jsonb)) WITH ORDINALITY AS facts(fact, place)
    WHERE portfolio_id = :portfolio AND jsonb_exists(fact, 'personal_digest')
) AS told
WHERE part.portfolio_id = :portfolio AND part.sequence = told.sequence AND part.position = told.position AND (
    told.body#>>'{person,person_id}' = ANY(:people)
    OR COALESCE(
        told.body->>'payment_id', told.body#>>'{payment,payment_id}',
        told.body#>>'{match,payment_id}', told.body#>>'{proposal,payment_id}'
    ) = ANY(:payments)
    OR told.body#>>'{alias,lease_id}' = ANY(:leases)
    OR told.body#>>'{alias,person_id}' = ANY(:people)
    OR told.body#>>'{alias,origin}' = ANY(:matches)
    OR told.kind <> 'PersonRecorded' AND EXISTS (
        SELECT 1 FROM unnest(
            CASE WHEN told.kind = ANY(:certified) THEN CAST(:sealed_marks AS text[]) ELSE CAST(:phones AS text[]) END
        ) AS mark WHERE strpos(part.body, mark) > 0
    )
)
""")
"""What ``ErasureScope.has_part`` says, as a join of the vault with its links."""

_TICKETS_OF: Final = text("""
SELECT ticket_id FROM tickets WHERE portfolio_id = :portfolio AND (
    reporter_id = ANY(:people) OR assignee_id = ANY(:people) OR reporter_phone = ANY(:phones) OR reporter_name <> '')
UNION SELECT ticket_id FROM ticket_comments
    WHERE portfolio_id = :portfolio AND (body->>'author' = ANY(:actors) OR author_name <> '')
UNION SELECT ticket_id FROM ticket_changes
    WHERE portfolio_id = :portfolio AND body->>'by' = ANY(:actors) AND reason <> ''
ORDER BY ticket_id
""")
"""Those that may tell of the person; ``maintenance.erasing`` decides."""


class PostgresErasure(PostgresBooks, Erasure):
    """Erases in one transaction; the leases and payments concerned are locked as for any other change of them."""

    @override
    def erase_person(self, command: Command, person_id: PersonId, *, dry_run: bool = False) -> Recorded:
        def work(connection: Connection) -> Recorded:
            share_leases(connection, command.portfolio_id)
            known = known_of(connection, command)
            if known is not None:
                return known
            gone = _erase(connection, command, person_id)
            if gone is None:
                return Recorded((), last_sequence(connection, command.portfolio_id))
            if dry_run:
                return Recorded((gone,), last_sequence(connection, command.portfolio_id))
            return Recorded((gone,), append_link(connection, command, (gone,)))

        return in_transaction(self._engine, work, dry_run=dry_run)


def _erase(connection: Connection, command: Command, person_id: PersonId) -> PersonErased | None:
    """Empty the person's rows and sealed parts; what went, None where nothing was left."""
    portfolio_id = command.portfolio_id
    if not is_open(connection, portfolio_id):
        raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
    known = _known(connection, portfolio_id, person_id)
    person = known.pop(person_id, None)
    people = everybody(person or Person(person_id, ""), known.values())
    scope = _scope(connection, portfolio_id, people)
    if person is None and not scope.lease_ids:
        raise NotFound(f"portfolio {portfolio_id} has no person {person_id}")
    values = _values(portfolio_id, scope)
    connection.execute(_EMPTY_PEOPLE, values)
    payments = connection.execute(_EMPTY_PAYMENTS, values).scalar_one()
    for statement in _EMPTY_CERTIFICATES:
        connection.execute(statement, values)
    connection.execute(_EMPTY_HELD, values)
    aliases = connection.execute(_FORGET_ALIASES, values).rowcount
    parts = connection.execute(_DELETE_PARTS, values).rowcount
    hold_occupancies(connection, portfolio_id)
    occupancies = connection.execute(_EMPTY_OCCUPANCIES, values).rowcount
    tickets = _erase_tickets(connection, command, Whose(people, scope.phones))
    asked = erase_askers(connection, portfolio_id, people)
    if not (parts or payments or aliases or occupancies or tickets or any(asked)) and all(
        it.is_erased for it in people
    ):
        return None
    return PersonErased(portfolio_id, person_id, parts, payments, aliases, occupancies, tickets, *asked)


def _erase_tickets(connection: Connection, command: Command, whose: Whose) -> int:
    """Empty the tickets that tell of the person, each locked in the order of the ids; how many there were.

    Names are compared in Python: of those that have one, each is read.
    """
    values = {"portfolio": command.portfolio_id, "people": sorted(whose.person_ids), "phones": sorted(whose.phones)}
    changed = 0
    for ticket_id in connection.scalars(_TICKETS_OF, {**values, "actors": sorted(whose.actors)}).all():
        file = locked_file(connection, command.portfolio_id, TicketId(ticket_id))
        emptied = file and erased(file, whose, command.recorded_at)
        if file is not None and emptied is not None and emptied != file:
            write_file(connection, file, emptied)
            changed += 1
    return changed


def _known(connection: Connection, portfolio_id: PortfolioId, person_id: PersonId) -> dict[PersonId, Person]:
    """The person and those merged into them, locked in the order of their ids."""
    table = schema.people
    theirs = or_(table.c.person_id == person_id, table.c.merged_into == person_id)
    statement = select(table).where(table.c.portfolio_id == portfolio_id, theirs).order_by(table.c.person_id)
    found = (rows.person_of(row) for row in connection.execute(statement.with_for_update()).mappings())
    return {it.person_id: it for it in found}


def _scope(connection: Connection, portfolio_id: PortfolioId, people: tuple[Person, ...]) -> ErasureScope:
    """What is the people's, with leases and payments locked until the end."""
    own = frozenset(it.person_id for it in people)
    whose: dict[str, Any] = {"portfolio": portfolio_id, "people": sorted(own)}
    leases = _ids(connection.scalars(_LEASES_OF, whose), LeaseId)
    lock(connection, schema.leases, "lease_id", portfolio_id, sorted(leases))
    phones = phone_texts(people)
    whose.update(leases=sorted(leases), phones=sorted(phones))
    matches = [match_of(row) for row in connection.execute(_MATCHED, whose).mappings()]
    payments = payments_of(matches, leases) | _ids(connection.scalars(_FROM_PHONES, whose), PaymentId)
    payments |= _named(connection, portfolio_id, people)
    lock(connection, schema.payments, "payment_id", portfolio_id, sorted(payments))
    whose.update(payments=sorted(payments))
    given = [match_of(row) for row in connection.execute(_MATCHES_OF, whose).mappings()]
    taught = frozenset(leases_of(given))
    return ErasureScope(own, leases, payments, frozenset(it.match_id for it in given), taught, phones)


def _named(connection: Connection, portfolio_id: PortfolioId, people: tuple[Person, ...]) -> frozenset[PaymentId]:
    """The payments that nobody has yet and that tell a name: few, so Python reads them."""
    table = schema.payments
    statement = select(table).where(
        table.c.portfolio_id == portfolio_id,
        table.c.given_minor == 0,
        (table.c.payer_name != "") | (table.c.reference_text != ""),
    )
    # The option is the statement's alone: set on the connection, it would make cursors of the updates that follow.
    result = connection.execute(statement, execution_options={"yield_per": BATCH})
    found = (payment_of(row) for row in result.mappings())
    return frozenset(it.payment_id for it in found if tells_name(people, it.payer, it.reference_text))


def _ids(found: Iterable[str], kind: Any) -> frozenset[Any]:  # noqa: ANN401 - an id's own type
    return frozenset(kind(it) for it in found)


def _values(portfolio_id: PortfolioId, scope: ErasureScope) -> dict[str, Any]:
    return {
        "portfolio": portfolio_id,
        "people": sorted(scope.person_ids),
        "leases": sorted(scope.lease_ids),
        "payments": sorted(scope.payment_ids),
        "matches": sorted(scope.match_ids),
        "phones": sorted(scope.phones),
        "marks": list(scope.certificate_marks),
        "sealed_marks": list(sealed_certificate_marks(scope)),
        "certified": list(CERTIFIED),
    }
