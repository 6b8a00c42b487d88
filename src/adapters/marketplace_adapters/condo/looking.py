"""A look at a Condo: who we are there, and whether its schema is as we need it, by introspection or by asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from marketplace_adapters.condo.drift import SHAPE, digest_of, drift_of
from marketplace_adapters.condo.operations import (
    COMMENTS,
    CONTACTS,
    PROPERTIES,
    STATUSES,
    TICKETS,
    Operation,
    Stream,
)
from marketplace_adapters.condo.points import NOTHING_TOLD, Told
from marketplace_adapters.condo.session import Session
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerDrift

_PROBES: Final[Mapping[Stream, Operation]] = {
    Stream.PROPERTIES: PROPERTIES,
    Stream.OCCUPANCIES: CONTACTS,
    Stream.TICKETS: TICKETS,
    Stream.COMMENTS: COMMENTS,
    Stream.PUSH_BACK: STATUSES,
}


@frozen
class CondoState:
    """How a Condo is: ``drift`` tells by stream what is not as it was, "" where all is.

    ``version`` are a few signs for what we use of the schema, "" where Condo does not tell its schema: ``untold`` says
    why, and it is only known that it takes what we ask for. ``user_type`` is service or staff, ``points`` what it told
    of ours.
    """

    user_id: str = ""
    user_type: str = ""
    version: str = ""
    drift: Mapping[Stream, str] = field(factory=dict[Stream, str])
    points: Told = NOTHING_TOLD
    untold: str = ""

    @property
    def is_degraded(self) -> bool:
        """True where a stream stands still."""
        return any(self.drift.values())


def look(session: Session, organization_id: str) -> CondoState:
    """Look once; raises what a call raises where Condo does not answer, or does not know us.

    Where it does not tell its schema, rows of that organization are asked for.
    """
    user, version, untold = session.user(), "", ""
    try:
        told = session.ask(SHAPE, {})
        drift, version = drift_of(told), digest_of(told)
    except MarketplaceError as problem:
        untold = str(problem)
        drift = {stream: _probed(session, organization_id, stream, operation) for stream, operation in _PROBES.items()}
    return CondoState(user.text("id"), user.words("type"), version, drift, session.points.told, untold)


def _probed(session: Session, organization_id: str, stream: Stream, operation: Operation) -> str:
    ours = {"organization": {"id": organization_id}}
    where = {Stream.COMMENTS: {"ticket": ours}, Stream.PUSH_BACK: {}}.get(stream, ours)
    try:
        session.ask(operation, {"where": where, "first": 1, "skip": 0}).rows("objs")
    except PartnerDrift as problem:
        return str(problem)
    except ConfigurationError:
        # What is denied to us says so where it is asked for: no other stream has to do with it.
        return ""
    return ""
