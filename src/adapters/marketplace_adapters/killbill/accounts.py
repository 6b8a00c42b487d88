"""Opens accounts: one a lease, billed by the zone's days, never charged by itself."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Final

from marketplace_adapters.killbill import calls
from marketplace_adapters.killbill.answers import Fields
from marketplace_adapters.killbill.calls import path
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import is_known
from marketplace_adapters.killbill.keyed import once_by_key
from marketplace_core.domain.days import start_of_day
from marketplace_core.domain.outside_engine.steps import OpenAccount, ResumeBilling
from marketplace_core.errors import ConfigurationError, RuleViolation

AUTO_PAY_OFF: Final = "00000000-0000-0000-0000-000000000001"
"""Kill Bill's own tag: it tries no payment by itself."""
AUTO_INVOICING_OFF: Final = "00000000-0000-0000-0000-000000000002"
"""Kill Bill's own tag: it bills nothing by itself until the tag is taken off, and then what is due at once."""
AUTO_INVOICING_REUSE_DRAFT: Final = "00000000-0000-0000-0000-000000000009"
"""Kill Bill's own tag: a draft becomes part of the next invoice that it makes."""
PARKED: Final = "00000000-0000-0001-0000-000000000001"
"""Kill Bill's own tag: it could not invoice the account, and stopped to try."""

_BEFORE_ALL: Final = date(2024, 1, 1)
"""Runs begin at the time of day of an account's reference time, with the zone's offset on that day."""


def open_account(client: Client, step: OpenAccount) -> str:
    """The account's id; one that stands there already must be the same."""
    require_priced(client, step.currency.code)
    midnight = start_of_day(_BEFORE_ALL, step.zone)
    body = {
        "externalKey": str(step.key),
        "name": step.name,
        "currency": step.currency.code,
        "timeZone": step.zone,
        "billCycleDayLocal": step.billing_day,
        "referenceTime": f"{midnight:%Y-%m-%dT%H:%M}:01.000Z",
    }
    found = once_by_key(
        client,
        lambda: client.send("POST", "/accounts", body),
        lambda: calls.account_by_key(client, str(step.key)),
    )
    account_id = found if isinstance(found, str) else _same(found, step)
    tag(client, account_id)
    if isinstance(found, str) or not calls.subscriptions_of(client, account_id):
        client.done("POST", path("accounts", account_id, "tags"), [AUTO_INVOICING_OFF])
    return account_id


def resume_billing(client: Client, account_id: str, step: ResumeBilling) -> None:
    """Bill what is due, and come back when that is done: Kill Bill begins by itself once the tag is off."""
    answer = client.send("DELETE", path("accounts", account_id, "tags"), tagDef=AUTO_INVOICING_OFF)
    if not is_known(answer):
        client.well(answer)
    # Asked again it bills nothing twice, so a lost answer is no harm.
    billed = client.ask("/invoices", None, accountId=account_id, targetDate=step.on)
    if billed.status != HTTPStatus.NOT_FOUND:  # Kill Bill says so where nothing is left to bill
        client.well(billed)


def is_paused(client: Client, account_id: str) -> bool:
    """True where nothing is billed by itself."""
    tags = client.well(client.get(path("accounts", account_id, "tags"))).rows()
    return any(it.words("tagDefinitionId") == AUTO_INVOICING_OFF for it in tags)


def tag(client: Client, account_id: str) -> None:
    """Put the tags on that every account of ours has; those that it has already stay."""
    client.done("POST", path("accounts", account_id, "tags"), [AUTO_PAY_OFF, AUTO_INVOICING_REUSE_DRAFT])


def require_priced(client: Client, currency: str) -> None:
    """Refuse a currency that the catalog does not price: Kill Bill would take the lease and never bill it."""
    if currency not in client.server.currencies:
        raise ConfigurationError(
            f"the catalog in Kill Bill has no prices in {currency}: add it to killbill.currencies and to the catalog"
        )


def _same(found: Fields, step: OpenAccount) -> str:
    theirs = (found.words("currency"), found.words("timeZone"), found.whole("billCycleDayLocal"))
    ours = (step.currency.code, step.zone, step.billing_day)
    if theirs != ours:
        raise RuleViolation(
            f"Kill Bill's account {step.key} is of {theirs[0]}, {theirs[1]}, billed on day {theirs[2]}, and not of"
            f" {ours[0]}, {ours[1]}, day {ours[2]}: a person must look"
        )
    return found.text("accountId")
