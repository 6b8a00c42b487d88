"""The role matrix: every operation of the description, as each caller, with ids that are theirs and that are not.

A cell is one request. What its caller does not reach must be answered 404, or 403 where their role has no such action
or only a part of what is meant, and change nothing; and no answer may hold a mark of what is out of their reach.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from attrs import define, field
from tests.unit.http.cells import Cell, cells_of, request_of
from tests.unit.http.furnished import PEOPLE, ZONES, Furnished, Zone
from tests.unit.http.house import bearer, callers

from marketplace_core.domain.access import Action, actions_of
from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.operation import Operation, Scope

NOBODY: Final = "nobody"
ROLES: Final = (*callers(), NOBODY)
REACHED: Final[Mapping[str, frozenset[str]]] = {
    "operator": frozenset(ZONES),
    "admin": frozenset(["A1", "A2", "B1"]),
    "landlord": frozenset(["A1", "A2", "B1"]),
    "second": frozenset(["A1", "A2", "B1"]),
    "owner": frozenset(["A1", "A2"]),
    "tenant": frozenset(["A1"]),
    "caretaker": frozenset(["A1", "A2"]),
    "stranger": frozenset(["Z1"]),
    "reader": frozenset(["A1", "A2", "B1"]),
    NOBODY: frozenset(),
}
"""The zones that each caller's roles reach, written down apart from the code that decides it."""
PLACES_ALONE: Final = frozenset(["caretaker"])
"""Who reaches units and nothing of people, leases and money."""
OF_A_PART: Final = frozenset(["owner", "tenant", "caretaker"])
OF_THE_WHOLE: Final = frozenset(
    [
        "record_property",
        "record_unit",
        "record_person",
        "bill_month",
        "charge_late_fees",
        "record_payment",
        "reconcile",
        "list_proposals",
        "accept_proposal",
        "reject_proposal",
        "undo_match",
        "list_events",
        "export_person",
        "erase_person",
        "list_same_people",
        "link_person",
        "merge_people",
    ]
)
"""What tells of or changes a whole portfolio: nobody who reaches a part of it may."""
REFUSED: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_NUMBER: Final = re.compile(r"(INV|CRN|RCT)-\d+")
_NEVER: Final = tuple(national for _, _, national in PEOPLE.values())
"""National ids: no answer has them but the export of a person."""
_EVERYTHING_OF_A_PERSON: Final = frozenset(["export_person"])


@define
class Outcome:
    """What the matrix found: how many cells ran, which operations did their work, and every leak."""

    cells: int = 0
    succeeded: set[str] = field(factory=set[str])
    answers: Counter[int] = field(factory=Counter[int])
    leaks: list[str] = field(factory=list[str])


def run_matrix(here: Furnished, operations: Sequence[Operation], who: str) -> Outcome:
    """Run every cell of a caller; what a cell changes is put back before the next."""
    described, before, found = describe(operations), here.state(), Outcome()
    for operation in operations:
        for cell in cells_of(operation, who, described):
            _run(here, before, cell, described, found)
    if here.state() != before:
        found.leaks.append("reading changed something")
    return found


def never_done(here: Furnished, operations: Sequence[Operation]) -> set[str]:
    """The operations whose example works for nobody, by name."""
    described, before, found = describe(operations), here.state(), Outcome()
    for operation in operations:
        for who in ROLES:
            for cell in cells_of(operation, who, described):
                if operation.name not in found.succeeded and is_out_of_reach(cell) is None:
                    _run(here, before, cell, described, found)
    return {it.name for it in operations} - found.succeeded


def _run(here: Furnished, before: object, cell: Cell, described: Mapping[str, Any], found: Outcome) -> None:
    operation = cell.operation
    must_refuse = is_out_of_reach(cell)
    path, query, sent = request_of(cell, here.zones, described, is_dry=operation.plans and not must_refuse)
    answer = here.client.request(
        operation.method, path, params=query, headers={**sent.headers, **_credentials(cell.who)}, content=sent.content
    )
    changed = operation.writes and here.state() != before
    found.cells += 1
    found.answers[answer.status_code] += 1
    if answer.is_success:
        found.succeeded.add(operation.name)
    said = f"{cell}: {answer.status_code} {answer.text[:200]}"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        found.leaks.append(f"broke: {said}")
    if must_refuse is not None and answer.status_code not in must_refuse:
        found.leaks.append(f"not refused as one of {[int(it) for it in must_refuse]}: {said}")
    if changed and not answer.is_success:
        found.leaks.append(f"refused, and changed something: {said}")
    shown = f"{answer.text}\n{sorted(answer.headers.items())}"
    asked = f"{path} {query} {sent.content.decode()}"
    for mark in forbidden_marks(cell, here.zones):
        if mark not in asked and _holds(shown, mark):
            found.leaks.append(f"shows {mark!r}: {said}")
    if changed or (answer.is_success and operation.writes and not query.get("dry_run")):
        here.photograph.put_back()


def is_out_of_reach(cell: Cell) -> tuple[HTTPStatus, ...] | None:
    """The statuses of which one must come, None where the caller reaches what they ask for."""
    access = cell.operation.access
    if cell.who == NOBODY and not _is_public(cell.operation):
        return (HTTPStatus.UNAUTHORIZED,)
    if not isinstance(access, Action):
        return None
    reached = REACHED[cell.who]
    books = {ZONES[it] for it in reached}
    if cell.portfolio and cell.portfolio not in books:
        return (HTTPStatus.NOT_FOUND,)
    if not _has_action(cell.who, access):
        return REFUSED
    is_of_installation = not cell.operation.in_portfolio or (
        cell.operation.scope is Scope.EITHER and not cell.portfolio
    )
    if is_of_installation and cell.who != "operator":
        return REFUSED
    if cell.who in OF_A_PART and cell.operation.name in OF_THE_WHOLE:
        return REFUSED
    meant = _portfolio_meant(cell)
    if is_of_installation or meant is None:
        return None
    ids_there = set(_zones_told(cell))
    if cell.operation.path == "/api/properties/{property_id}":
        reached |= {it for it in ZONES if it[0] in {one[0] for one in reached}}
    elsewhere = any(ZONES[it] != meant for it in ids_there) and cell.operation.scope is Scope.PORTFOLIO
    if elsewhere or any(it not in reached for it in ids_there):
        return REFUSED
    return None


def _zones_told(cell: Cell) -> Iterator[str]:
    """The zones whose ids an answer may depend on: those in the path and in the body."""
    if any(part.startswith("{") for part in cell.operation.path.split("/")):
        yield cell.of_path
    if cell.operation.name in BODY_IDS_ARE_LOOKED_UP:
        yield cell.of_body


BODY_IDS_ARE_LOOKED_UP: Final = frozenset(
    [
        "sign_lease",
        "transfer_deposit",
        "match_payment",
        "invite_user",
        "grant_role",
        "make_client",
        "record_payment",
        "merge_people",
        "draft_listing",
    ]
)
"""Whose body names something that must be there already; the others' ids are those of something new."""


def _portfolio_meant(cell: Cell) -> str | None:
    if cell.portfolio:
        return cell.portfolio
    books = {ZONES[it] for it in REACHED[cell.who]}
    return next(iter(books)) if len(books) == 1 else None


def _has_action(who: str, action: Action) -> bool:
    if who == NOBODY:
        return False
    actor = callers()[who].actor
    return any(action in actions_of(it.role) for it in actor.grants) and (
        actor.scopes is None or action in actor.scopes
    )


def _is_public(operation: Operation) -> bool:
    return type(operation.access).__name__ == "Public"


def forbidden_marks(cell: Cell, zones: Mapping[str, Zone]) -> Iterator[str]:
    """What no answer to a caller may hold."""
    reached = REACHED[cell.who]
    books = {ZONES[it] for it in reached}
    shown = {mark for name in reached for mark in (*zones[name].marks, *zones[name].place_marks)}
    if cell.operation.name not in _EVERYTHING_OF_A_PERSON:
        yield from _NEVER
    for zone in zones.values():
        hides = zone.name not in reached
        if hides or cell.who in PLACES_ALONE:
            marks = {*zone.marks, *(zone.place_marks if hides else ())}
            for mark in marks - (shown if hides and cell.who not in PLACES_ALONE else set()):
                if zone.portfolio_id in books or not _NUMBER.fullmatch(mark):
                    yield mark


def _holds(text: str, mark: str) -> bool:
    return mark in text and re.search(rf"(?<![A-Za-z0-9]){re.escape(mark)}(?![A-Za-z0-9])", text) is not None


def _credentials(who: str) -> dict[str, str]:
    return {} if who == NOBODY else bearer(who)
