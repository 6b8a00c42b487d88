"""Make the books, users, clients and forged tokens that tests/security_integrations.sh asks a server about.

Usage: python -m scripts.security_house FILE. The store is that of the settings; FILE gets a NAME=value a line.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.forged_tokens import forged_tokens

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    Fact,
    LeaseRecorded,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.hooks import HookRoute, RouteId, token_digest
from marketplace_core.domain.identifiers import (
    ChargeId,
    CollectionAccountId,
    CommandId,
    LeaseId,
    PersonId,
    PortfolioId,
    PropertyId,
    UnitId,
)
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.lease import Lease, LeaseTerm
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.party import Person, Portfolio, Property, Role, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.domain.reference import issue_reference
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_entrypoints.composition import open_store
from marketplace_entrypoints.composition_identity import AUDIENCE, wired_identity
from marketplace_entrypoints.settings import Settings, load_settings
from marketplace_entrypoints.work_services import work_of

if TYPE_CHECKING:
    from marketplace_entrypoints.composition_identity import IdentityContainer
    from marketplace_entrypoints.store import Store

OWN, OTHER = PortfolioId("asha"), PortfolioId("baraka")
PASSWORD = "seven quiet herons wade"  # noqa: S105 - of a server that lives for a minute
HOOK_TOKEN = "paths-hold-this-token-0123456789"  # noqa: S105 - the same
ROOT = Actor("person:root", (Grant(Role.ADMIN, None),))
READS = (Action.READ_PROPERTY, Action.READ_LEASE, Action.READ_MONEY, Action.READ_PERSON)
CLIENTS: dict[str, tuple[StoredGrant, Sequence[Action]]] = {
    "operator": (StoredGrant(Role.ADMIN, None), tuple(Action)),
    "admin": (StoredGrant(Role.ADMIN, OWN), tuple(Action)),
    "landlord": (StoredGrant(Role.LANDLORD, OWN), tuple(it for it in Action if it is not Action.OPERATE)),
    "owner": (StoredGrant(Role.LANDLORD, OWN, property_ids=(PropertyId("block-A"),)), (*READS, Action.WRITE_LEASE)),
    "tenant": (StoredGrant(Role.TENANT, OWN, PersonId("t-A1")), READS),
    "caretaker": (StoredGrant(Role.CARETAKER, OWN, property_ids=(PropertyId("block-A"),)), (Action.READ_PROPERTY,)),
    "stranger": (StoredGrant(Role.LANDLORD, OTHER), (*READS, Action.BILL)),
    "reader": (StoredGrant(Role.LANDLORD, OWN), (Action.READ_LEASE,)),
}


class Nowhere(Notifier):
    """Takes letters and sends none: passwords are set here."""

    def send(self, message: Message) -> None:
        """Forget it."""


def main(target: Path) -> None:
    """Make everything in the store of the settings and write what the script needs to know."""
    settings = load_settings()
    with open_store(settings) as store:
        now = datetime.now(UTC)
        for own, units in ((OWN, ("A1", "A2", "B1")), (OTHER, ("Z1",))):
            command = Command(CommandId(f"security-{own}"), own, "portfolio.open", "system", now)
            store.ports.record(command, _facts(own, units))
        known = _identities(wired_identity(settings, store, Nowhere()), settings, now)
        _hook(store, now)
    lines = [f"{name}={shlex.quote(value)}" for name, value in known.items()]
    target.touch(0o600)
    target.write_text("\n".join(lines) + "\n", "utf-8")


def _identities(use: IdentityContainer, settings: Settings, now: datetime) -> dict[str, str]:
    known = {"OWN": OWN, "OTHER": OTHER, "PASSWORD": PASSWORD, "HOOK_TOKEN": HOOK_TOKEN}
    for name, role in (("landlord", Role.LANDLORD), ("clerk", Role.LANDLORD)):
        email = f"{name}@example.org"
        invite = identity_command(CommandId(f"invite-{name}"), "user.invite", ROOT.name, now)
        user = use.invite_user()(invite, ROOT, email, name.title(), StoredGrant(role, OWN))
        choose = identity_command(CommandId(f"password-{name}"), "user.set_password", ROOT.name, now)
        use.set_password()(choose, user.user_id, PASSWORD)
        known[f"{name.upper()}_EMAIL"] = email
    for name, (grant, scopes) in CLIENTS.items():
        command = identity_command(CommandId(f"client-{name}"), "client.add", ROOT.name, now)
        made = use.make_client()(command, ROOT, f"client-{name}", name, scopes, [grant])
        known[f"{name.upper()}_SECRET"] = made.secret
    issued = use.issue_access_token()("client-landlord", known["LANDLORD_SECRET"], [], now)
    issuer = settings.public_url or "marketplace"
    forged = forged_tokens(settings.signing_keys_file, issued.access_token, issuer=issuer, audience=AUDIENCE, now=now)
    return {**known, **{f"FORGED_{name.upper()}": token for name, token in forged.items()}}


def _hook(store: Store, now: datetime) -> None:
    route = HookRoute(RouteId("hook-security"), "mpesa-c2b", OWN, CollectionAccountId(f"paybill-{OWN}"), now)
    work_of(store).add_route(route, token_digest(HOOK_TOKEN))


def _facts(own: PortfolioId, units: Sequence[str]) -> list[Fact]:
    account = CollectionAccount(CollectionAccountId(f"paybill-{own}"), CollectionKind.PAYBILL, f"6009{len(own)}", KES)
    cash = CollectionAccount(CollectionAccountId(f"cash-{own}"), CollectionKind.CASH, "", KES)
    blocks = sorted({it[0] for it in units})
    return [
        PortfolioOpened(Portfolio(own, own.title())),
        CollectionAccountOpened(own, account),
        CollectionAccountOpened(own, cash),
        *(PropertyRecorded(Property(own, PropertyId(f"block-{it}"), f"Block {it}")) for it in blocks),
        *(UnitRecorded(Unit(own, UnitId(f"u-{it}"), PropertyId(f"block-{it[0]}"), it)) for it in units),
        *(PersonRecorded(own, Person(PersonId(f"t-{it}"), f"Tenant {it}", ("254712345678",))) for it in units),
        *(LeaseRecorded(_lease(own, it)) for it in units),
    ]


def _lease(own: PortfolioId, unit: str) -> Lease:
    lease_id, start = LeaseId(f"L-{unit}"), date(2026, 10, 1)
    charge = RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(start, Money.parse("15000.00")),))
    tenants, reference = (PersonId(f"t-{unit}"),), issue_reference(own, lease_id)
    return Lease(lease_id, own, UnitId(f"u-{unit}"), tenants, (LeaseTerm(start),), KES, (charge,), reference=reference)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
