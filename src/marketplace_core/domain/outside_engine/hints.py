"""What an outside engine posts: a hint that something of an account changed there, and never a fact."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Final, cast

from marketplace_core.domain.jobs import JobRequest
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import InvalidInput

ENGINE_SYNC: Final = "engine-sync"
"""The kind of job that brings one lease's two books together."""

_ACCOUNT_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")


def account_of_hint(body: bytes) -> str:
    """The account that a body names, empty where it is about none; ``InvalidInput`` for what cannot be read.

    Nothing else in it is looked at: whoever knows the address can write anything.

    >>> account_of_hint(b'{"eventType": "INVOICE_CREATION", "accountId": "10ecbe61"}')
    '10ecbe61'
    """
    try:
        told: object = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput("a hint of the billing engine that is no JSON") from problem
    if not isinstance(told, dict):
        raise InvalidInput("a hint of the billing engine that is no object")
    account = cast("dict[str, object]", told).get("accountId")
    if account is None:
        return ""
    if not isinstance(account, str) or not _ACCOUNT_ID.fullmatch(account):
        raise InvalidInput("a hint of the billing engine whose accountId is no id")
    return account


def hint_request(key: AccountKey, due_at: datetime) -> JobRequest:
    """The look that a hint asks for: beside one that waits for a later day, and known from it."""
    return JobRequest(ENGINE_SYNC, f"{ENGINE_SYNC}/{key}/hint", due_at, key.portfolio_id, {"lease": key.lease_id})


def sync_request(key: AccountKey, due_at: datetime) -> JobRequest:
    """The job that brings a lease's two books together: of one lease one waits, in the line of its book."""
    return JobRequest(ENGINE_SYNC, f"{ENGINE_SYNC}/{key}", due_at, key.portfolio_id, {"lease": key.lease_id})
