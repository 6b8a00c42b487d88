"""Whether a Cocorico is well, in findings for people."""

from __future__ import annotations

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.cocorico.cocorico import Cocorico
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_core.ports.outside_property.property_care import PropertyCare, PropertyFinding, SystemLook

_TABLES_FIX = "nothing is read or written there until its tables are as we know them: see docs/cocorico.md"
_RIGHTS_FIX = "run there what marketplace cocorico grants prints"


@frozen
class CocoricoCare(PropertyCare):
    """Looks at one portal's tables and at our rights on them."""

    cocorico: Cocorico

    @override
    def look(self) -> SystemLook:
        try:
            found = self.cocorico.check()
        except (PartnerUnavailable, ConfigurationError) as problem:
            name = "credentials" if isinstance(problem, ConfigurationError) else "reachable"
            fix = "look at [cocorico] in the settings, and at that database and the network"
            return SystemLook((PropertyFinding(name, is_well=False, says=str(problem), fix=fix),), trouble=str(problem))
        tables, rights = "; ".join(found.drift), "; ".join(found.rights)
        findings = (
            PropertyFinding("reachable", is_well=True, says="answers"),
            PropertyFinding("tables", not tables, tables or "as we need them", _TABLES_FIX),
            PropertyFinding("rights", not rights, rights or "as we need them, and no more are used", _RIGHTS_FIX),
        )
        return SystemLook(findings, drift={"tables": tables, "rights": rights})
