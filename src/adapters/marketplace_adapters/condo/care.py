"""Whether a Condo is well, in findings for people."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.condo.condo import Condo
from marketplace_adapters.condo.looking import CondoState
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_core.ports.outside_property.property_care import PropertyCare, PropertyFinding, SystemLook

_NONE_LEFT = "wait for the next hour, or have the limit of our account raised there"


@frozen
class CondoCare(PropertyCare):
    """Looks at one organization's Condo."""

    condo: Condo

    @override
    def look(self) -> SystemLook:
        try:
            state = self.condo.check()
        except (PartnerUnavailable, ConfigurationError) as problem:
            name = "credentials" if isinstance(problem, ConfigurationError) else "reachable"
            fix = "look at [condo] in the settings" if name == "credentials" else "look at that Condo and the network"
            return SystemLook((PropertyFinding(name, is_well=False, says=str(problem), fix=fix),), trouble=str(problem))
        drift = {stream.value: reason for stream, reason in state.drift.items()}
        return SystemLook(tuple(_findings(state)), state.version, drift=drift, points_left=state.points.remaining)


def _findings(state: CondoState) -> Iterator[PropertyFinding]:
    yield PropertyFinding("reachable", is_well=True, says="answers")
    yield PropertyFinding("credentials", is_well=True, says=f"{state.user_type or 'user'} {state.user_id}")
    version = (
        f"as we need it, {state.version}" if state.version else "takes what we ask for; it does not tell its schema"
    )
    for stream, reason in state.drift.items():
        fix = "this stream stands still until the adapter knows the new schema: see docs/condo.md"
        yield PropertyFinding(f"schema of {stream.value}", not reason, reason or version, fix)
    left, limit = state.points.remaining, state.points.limit
    if left is not None:
        yield PropertyFinding("points", left > 0, f"{left} of {limit or '?'} left this hour", _NONE_LEFT)
