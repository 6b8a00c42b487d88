"""What a short access token says."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from marketplace_core.domain.access import Action
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import ClientId


@frozen
class AccessClaims:
    """For which client a token is, what it may be used for, and from when till when."""

    client_id: ClientId
    scopes: frozenset[Action]
    token_id: str
    issued_at: datetime = field(converter=require_instant)
    expires_at: datetime = field(converter=require_instant)
