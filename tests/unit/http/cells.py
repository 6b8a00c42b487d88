"""The cells of the role matrix: which requests there are, and how each is written with its ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import frozen
from tests.unit.http.furnished import ZONES, Zone
from tests.unit.http.house import BOOK, OTHER, PASSWORD
from tests.unit.http.listed import PICTURE

from marketplace_entrypoints.http.examples import body_example
from marketplace_entrypoints.http.operation import Form, Nothing, Operation, Raw


@frozen
class Cell:
    """One request of the matrix: whose ids stand in the path, whose in the body, which portfolio is named."""

    operation: Operation
    who: str
    of_path: str
    of_body: str
    portfolio: str

    def __str__(self) -> str:
        """In a line."""
        named = self.portfolio or "none named"
        return f"{self.operation.name} as {self.who}: path of {self.of_path}, body of {self.of_body}, portfolio {named}"


def cells_of(operation: Operation, who: str, described: Mapping[str, Any]) -> Iterator[Cell]:
    """Every cell of an operation and a caller."""
    has_path_ids = any(part.startswith("{") for part in operation.path.split("/"))
    has_body_ids = bool(_id_keys(_body(operation, described)))
    for of_path in ZONES if has_path_ids else ("A1",):
        for of_body in ZONES if has_body_ids else (of_path,):
            for portfolio in ("", BOOK, OTHER) if operation.in_portfolio else ("",):
                yield Cell(operation, who, of_path, of_body, portfolio)


_OTHER_IDS: Final[Mapping[str, Mapping[str, str]]] = {
    "accept_proposal": {"payment_id": "proposal"},
    "reject_proposal": {"payment_id": "proposal"},
    "lease_activate": {"lease_id": "draft_id"},
    "lease_cancel": {"lease_id": "draft_id"},
    "lease_renew": {"lease_id": "ending_id"},
    "erase_user": {"user_id": "gone_user_id"},
    "submit_listing": {"listing_id": "draft_listing_id"},
    "approve_listing": {"listing_id": "submitted_listing_id"},
    "reject_listing": {"listing_id": "submitted_listing_id"},
    "reopen_listing": {"listing_id": "rented_listing_id"},
}
"""Where the zone's usual thing is not in a state that the operation takes."""


@frozen
class Sent:
    """A body with its headers."""

    content: bytes
    headers: Mapping[str, str]


def request_of(
    cell: Cell, zones: Mapping[str, Zone], described: Mapping[str, Any], *, is_dry: bool
) -> tuple[str, dict[str, str], Sent]:
    """The path, the query and the body of a cell."""
    operation, of_path, of_body = cell.operation, zones[cell.of_path], zones[cell.of_body]
    ids = {**of_path.ids, **{name: of_path.ids[it] for name, it in _OTHER_IDS.get(operation.name, {}).items()}}
    path = re.sub(r"\{(\w+)\}", lambda it: ids[str(it[1])], operation.path)
    query = {"portfolio": cell.portfolio} if cell.portfolio else {}
    if is_dry:
        query["dry_run"] = "true"
    return path, query, _sent(operation, of_body, _body(operation, described))


def _sent(operation: Operation, zone: Zone, body: object) -> Sent:
    if operation.body is Nothing:
        return Sent(b"", {})
    if operation.body is Form:
        secret = f"grant_type=client_credentials&client_id={zone.ids['client_id']}"
        content = f"{secret}&client_secret={zone.ids['client_secret']}".encode()
        return Sent(content, {"Content-Type": "application/x-www-form-urlencoded"})
    if operation.takes:
        return Sent(PICTURE, {"Content-Type": operation.takes[0]})
    if operation.body is Raw:
        return Sent(json.dumps({"TransID": "X"}).encode(), {"Content-Type": "application/json"})
    filled = {**_with_ids(body, zone), **_special(operation.name, zone)}
    return Sent(json.dumps(filled).encode(), {"Content-Type": "application/json"})


def _special(name: str, zone: Zone) -> dict[str, Any]:
    """What an example cannot know: passwords, tokens, and values that must fit these books."""
    one = {"amount": "1.00", "currency": "KES"}
    new = {"day": "2026-11-25", "reason": "asked by the tenant"}
    found: dict[str, dict[str, Any]] = {
        "sign_in": {"email": "halima@example.org", "password": PASSWORD},
        "change_password": {"old": PASSWORD, "new": "an entirely different phrase"},
        "accept_invitation": {"token": zone.ids["letter"], "password": "an entirely different phrase"},
        "reset_password": {"token": zone.ids["reset"], "password": "an entirely different phrase"},
        "refund_credit": {"amount": one, **new},
        "write_off_invoice": {"amount": one, **new},
        "refund_deposit": {"amount": one, **new},
        "deduct_deposit": {"amount": one, **new},
        "transfer_deposit": {"amount": one, **new, "to_lease_id": zone.ids["lease_id"]},
        "credit_invoice": {"amount": one, **new},
        "match_payment": {"slices": [{"lease_id": zone.ids["lease_id"], "amount": one}]},
        "record_payment": {"receipt": "CASH-new", "day": "2026-11-20"},
        "invite_user": {"email": "new@example.org", "grant": {"role": "landlord", "portfolio_id": zone.portfolio_id}},
        "grant_role": {"role": "landlord", "portfolio_id": zone.portfolio_id},
        "make_client": {
            "client_id": "new-client",
            "scopes": ["lease.read"],
            "grants": [{"role": "landlord", "portfolio_id": zone.portfolio_id}],
        },
        "sign_lease": {"lease_id": "L-new", "first_day": "2030-01-01", "is_draft": True},
        "record_property": {"property_id": "block-new"},
        "record_unit": {"unit_id": "u-new", "property_id": zone.ids["property_id"]},
        "record_person": {"person_id": "t-new"},
        "lease_renew": {"last_day": "2027-12-31"},
        "lease_charge": {"kind": "water", "day": "2026-12-05"},
        "open_ticket": {"title": "The gate", "unit_id": zone.ids["unit_id"]},
        "comment_ticket": {"text": "I come on Friday"},
        "ticket_status": {"status": "in_progress"},
        "lease_rent": {"first_day": "2026-12-01"},
        "edit_listing": {"pictures": [], "texts": [], "place": None},
        "ask_about_listing": {"phone": "0712345678", "email": "", "text": "Is it free?"},
    }
    return found.get(name, {})


def _body(operation: Operation, described: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    told = described["paths"][operation.path][operation.method.lower()]
    return body_example(told, described["components"]["schemas"]) or {}


def _id_keys(body: object) -> set[str]:
    keys: set[str] = set()
    if isinstance(body, dict):
        for key, value in body.items():
            if key.endswith(("_id", "_ids")) or key in ("slices", "grant", "grants"):
                keys.add(key)
            keys |= _id_keys(value)
    return keys


def _with_ids(body: Any, zone: Zone) -> Any:  # noqa: ANN401 - JSON
    if isinstance(body, list):
        return [_with_ids(it, zone) for it in body]
    if not isinstance(body, dict):
        return body
    filled: dict[str, Any] = {}
    for key, value in body.items():
        single: str = _SAME.get(str(key), str(key))
        if single in zone.ids:
            filled[key] = [zone.ids[single]] if key.endswith("_ids") else zone.ids[single]
        else:
            filled[key] = _with_ids(value, zone)
    return filled


_SAME: Final = {"tenant_ids": "person_id", "to_lease_id": "lease_id", "duplicate_id": "person_id"}
