"""Whether a Cocorico is well, in findings for people."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.cocorico.cocorico import Cocorico
from marketplace_adapters.cocorico.columns import Findings
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_core.ports.outside_property.property_care import PropertyCare, PropertyFinding, SystemLook


@frozen
class CocoricoCare(PropertyCare):
    """Looks at one portal's database."""

    cocorico: Cocorico

    @override
    def look(self) -> SystemLook:
        try:
            found = self.cocorico.check()
        except (PartnerUnavailable, ConfigurationError) as problem:
            name = "credentials" if isinstance(problem, ConfigurationError) else "reachable"
            fix = "look at [cocorico] in the settings" if name == "credentials" else "look at that database"
            return SystemLook((PropertyFinding(name, is_well=False, says=str(problem), fix=fix),), trouble=str(problem))
        drift = {"tables": "; ".join(found.drift), "rights": "; ".join(found.rights)}
        return SystemLook(tuple(_findings(found)), drift=drift)


def _findings(found: Findings) -> Iterator[PropertyFinding]:
    yield PropertyFinding("reachable", is_well=True, says="answers")
    fix = (
        "bring the columns back, or take a version of this package that knows them; nothing is read or written so long"
    )
    yield PropertyFinding("tables", not found.drift, "; ".join(found.drift) or "as we need them", fix)
    fix = "run what `marketplace cocorico grants` prints on that database"
    yield PropertyFinding("rights", not found.rights, "; ".join(found.rights) or "all that we need", fix)
