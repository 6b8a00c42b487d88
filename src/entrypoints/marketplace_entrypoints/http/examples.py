"""Example requests made from the description: for the Postman collection, cURL and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TEXTS: Final = {
    "date": "2026-11-30",
    "date-time": "2026-11-30T12:00:00Z",
}
_BY_NAME: Final[Mapping[str, object]] = {
    "act_id": "act_5f2b9c",
    "application_id": "app_2b71d9",
    "charge_id": "chg_81d4e0",
    "client_id": "sync",
    "code": "A1",
    "collection_account_id": "cash-1",
    "credit_id": "crd_7a3c11",
    "email": "halima@example.org",
    "grant_id": "grn_f50569",
    "invoice_id": "inv_48dbf1",
    "job_id": "17",
    "kind": "water",
    "lease_id": "lease-a1",
    "listing_id": "lst_90ab12",
    "match_id": "mat_6e19b2",
    "month": "2026-11",
    "name": "Halima Odhiambo",
    "new": "a long phrase nobody else has",
    "old": "the phrase of until now",
    "password": "a long phrase nobody else has",
    "payment_id": "pay_cf2543",
    "person_id": "person-1",
    "phones": ["254712345678"],
    "picture": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.jpg",
    "portfolio_id": "halima",
    "property_id": "block-a",
    "reason": "agreed with the tenant",
    "receipt": "C-1001",
    "receipt_id": "rct_8f9db3",
    "role": "landlord",
    "scopes": ["lease.read", "money.read"],
    "tenant_ids": ["person-1"],
    "ticket_id": "tkt_39c0d2",
    "to_lease_id": "lease-a2",
    "token": "of-the-letter-or-of-the-hooks-path",
    "unit_id": "unit-a1",
    "user_id": "usr_765795",
}
_WANTED: Final = frozenset(["portfolio_id"])
"""What an example has though it may be left out: a landlord is one of a portfolio."""


def example_of(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str = "") -> Any:  # noqa: ANN401 - plain JSON
    """A value that a schema takes: its example, its default, its first choice, else one made from its type."""
    if "$ref" in schema:
        return example_of(shapes[schema["$ref"].rpartition("/")[2]], shapes, name)
    if name in _BY_NAME and _BY_NAME[name] in schema.get("enum", [_BY_NAME[name]]):
        return _BY_NAME[name]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if schema.get("default") is not None:
        return schema["default"]
    if "anyOf" in schema:
        return example_of(next(it for it in schema["anyOf"] if it != {"type": "null"}), shapes, name)
    return _of_type(schema, shapes, name)


def _of_type(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - plain JSON
    kind = schema.get("type")
    if kind == "object":
        properties: Mapping[str, Any] = schema.get("properties", {})
        wanted = schema.get("required", list(properties))
        return {it: example_of(properties[it], shapes, it) for it in properties if it in wanted or it in _WANTED}
    if kind == "array":
        return [example_of(schema["items"], shapes, name.removesuffix("s"))]
    if kind == "integer":
        return max(int(schema.get("minimum", 1)), 1)
    if kind == "boolean":
        return False
    return _TEXTS.get(schema.get("format", ""), name.replace("_", " ") or "text")


def body_example(operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - plain JSON
    """An example of an operation's JSON body, None where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    return example_of(content["application/json"]["schema"], shapes) if "application/json" in content else None


def parameter_example(parameter: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """An example of a path or query parameter, as text."""
    found = example_of(parameter["schema"], shapes, parameter["name"])
    return str(found).lower() if isinstance(found, bool) else str(found)
