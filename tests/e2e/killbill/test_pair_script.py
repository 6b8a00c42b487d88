"""tests/killbill_pair.sh against a server of ours and the real Kill Bill: all is ok; a silent edit there is not."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from scripts.killbill_sandbox import PASSWORD, USER, Sandbox, Tenant
from scripts.security_house import ROOT as ROOT_ACTOR
from scripts.security_house import Nowhere
from tests.e2e.http.serving import run_program, serving
from tests.fixtures.databases import Database, MakeTables

from marketplace_adapters.killbill import KillBillReading
from marketplace_core.domain.access import Action
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    LeaseRecorded,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
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
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.matching import Slice
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.party import Person, Portfolio, Property, Role, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_entrypoints.composition import Container, open_store, wired
from marketplace_entrypoints.composition_identity import wired_identity
from marketplace_entrypoints.engine_settings import KillBillSettings
from marketplace_entrypoints.second_books import second_books
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import Store

SCRIPT: Final = Path(__file__).parents[2] / "killbill_pair.sh"
OWN: Final = PortfolioId("halima")
BOX: Final = CollectionAccountId("cash-halima")
CHARGES: Final = {"A1": ("15000.00",), "A2": ("18000.00", "500.25")}
DEPOSITS: Final = {"A2": Money.parse("7000.00")}
PAID: Final = {"A1": "9999.99", "A2": "30000.55"}
"""Less than is asked for, and more."""

pytestmark = [pytest.mark.killbill, pytest.mark.postgres]


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Every test of this module begins with empty books."""

    def make(owner: Any) -> None:  # noqa: ANN401 - the shape of MakeTables without importing the adapter here
        done = run_program(Database(owner, owner), "users", "list")
        assert done.returncode == 0, done.stderr

    return make


def _lease(unit: str, start: date) -> Lease:
    lease_id, kinds = LeaseId(f"L-{unit}"), (ChargeKind.RENT, ChargeKind.SERVICE_CHARGE)
    charges = tuple(
        RecurringCharge(ChargeId(kind), kind, (Rate(start, Money.parse(amount)),))
        for kind, amount in zip(kinds, CHARGES[unit], strict=False)
    )
    tenants = (PersonId(f"t-{unit}"),)
    whose, terms, deposit = UnitId(f"u-{unit}"), (LeaseTerm(start),), DEPOSITS.get(unit)
    return Lease(lease_id, OWN, whose, tenants, terms, KES, charges, LeaseStatus.ACTIVE, deposit=deposit)


def _open(store: Store, now: datetime) -> None:
    start = now.date().replace(day=1)
    box = CollectionAccount(BOX, CollectionKind.CASH, "", KES)
    facts = [
        PortfolioOpened(Portfolio(OWN, "Halima")),
        CollectionAccountOpened(OWN, box),
        PropertyRecorded(Property(OWN, PropertyId("block-A"), "Block A")),
        *(UnitRecorded(Unit(OWN, UnitId(f"u-{it}"), PropertyId("block-A"), it)) for it in CHARGES),
        *(PersonRecorded(OWN, Person(PersonId(f"t-{it}"), f"Tenant {it}", ("254712345678",))) for it in CHARGES),
        *(LeaseRecorded(_lease(it, start)) for it in CHARGES),
    ]
    store.ports.record(Command(CommandId("open"), OWN, "portfolio.open", "system", now), facts)


def _pay(container: Container, unit: str, now: datetime) -> None:
    amount, day = Money.parse(PAID[unit]), now.date()
    report = PaymentReport(BOX, f"R-{unit}", ReportSource.CASH, amount, now, day, "", Payer("", ""), "by hand")
    received = Command(CommandId(f"receive-{unit}"), OWN, "payments.record", "system", now)
    container.import_payments()(received, lambda: iter([report]), KES)
    decided = Command(CommandId(f"match-{unit}"), OWN, "match.decide", "system", now, "it says so")
    container.decide_match()(decided, report.payment_id, [Slice(LeaseId(f"L-{unit}"), amount)])


def _pair(settings: Settings) -> str:
    """Both books brought together, and paid; the secret of a service that may look at them."""
    with open_store(settings) as store:
        container, now = wired(settings, store.ports), datetime.now(UTC)
        _open(store, now)
        books = second_books(store, container)
        books.care().set_up()
        for unit in CHARGES:
            key = AccountKey(OWN, LeaseId(f"L-{unit}"))
            assert books.sync_lease()(key).drift == 0
            _pay(container, unit, datetime.now(UTC))
            assert books.sync_lease()(key).drift == 0
        reading = books.reading()
        assert isinstance(reading, KillBillReading)
        reading.client.close()
        use, command = wired_identity(settings, store, Nowhere()), CommandId("client-pair")
        made = use.make_client()(
            identity_command(command, "client.add", ROOT_ACTOR.name, now),
            ROOT_ACTOR,
            "pair",
            "Pair",
            (Action.READ_MONEY, Action.OPERATE),
            [StoredGrant(Role.ADMIN, None)],
        )
        return made.secret


def _checks(known: Path) -> tuple[int, list[str], list[str]]:
    """The exit code, and the lines that are ok and not ok."""
    done = subprocess.run([str(SCRIPT), str(known)], capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.splitlines()
    assert any(it.startswith("1..") for it in lines), done.stdout + done.stderr
    assert done.stderr == ""
    well = [it for it in lines if it.startswith("ok ")]
    return done.returncode, well, [it for it in lines if it.startswith("not ok ")]


def _edit(sandbox: Sandbox, tenant: Tenant, table: str, amount: str, by: str) -> None:
    """Change one amount of the tenant in Kill Bill's own tables: no event, no message."""
    with psycopg.connect(sandbox.database.conninfo) as connection:
        statement = (
            f"UPDATE {table} SET amount = amount + %s WHERE amount = %s AND tenant_record_id ="  # noqa: S608 - of this test
            " (SELECT record_id FROM tenants WHERE id = %s)"
        )
        done = connection.execute(statement.encode(), [by, amount, tenant.tenant_id])
        assert done.rowcount == 1


def test_the_running_pair_agrees_and_a_silent_edit_is_named(
    fresh_database: Database, killbill_sandbox: Sandbox, killbill_tenant: Tenant, tmp_path: Path
) -> None:
    """Three invoices and two receipts are ok; then an item, a payment and a charge that differ are each named."""
    secrets = {"api_key": killbill_tenant.api_key, "api_secret": killbill_tenant.api_secret, "password": PASSWORD}
    settings = Settings(
        dsn=Secret(fresh_database.application.conninfo()),
        owner_dsn=Secret(fresh_database.owner.conninfo()),
        billing="killbill",
        killbill=KillBillSettings(
            url=killbill_sandbox.url,
            api_key=Secret(killbill_tenant.api_key),
            api_secret=Secret(killbill_tenant.api_secret),
            user=USER,
            password=Secret(PASSWORD),
        ),
    )
    secret = _pair(settings)
    told = {"url": killbill_sandbox.url, "user": USER, **secrets}
    theirs = {f"KILLBILL_{name.upper()}": text for name, text in told.items()}
    environment = {"MARKETPLACE_BILLING": "killbill", **{f"MARKETPLACE_{name}": it for name, it in theirs.items()}}
    with serving(fresh_database, tmp_path, **environment) as server:
        known = tmp_path / "pair.env"
        ours = {"URL": server.url, "PORTFOLIO": OWN, "CLIENT_ID": "pair", "CLIENT_SECRET": secret}
        known.write_text("".join(f"{name}='{text}'\n" for name, text in {**ours, **theirs}.items()), "utf-8")
        code, well, failed = _checks(known)
        assert (code, failed, len(well)) == (0, [], 5)
        _edit(killbill_sandbox, killbill_tenant, "invoice_items", "15000.00", "0.01")
        code, well, failed = _checks(known)
        assert (code, len(well)) == (1, 4)
        assert [it.partition(": ")[2] for it in failed] == ["15000.00 here, 15000.01 there"]
        _edit(killbill_sandbox, killbill_tenant, "payment_transactions", "9999.99", "-0.01")
        code, well, failed = _checks(known)
        assert (code, len(well), len(failed)) == (1, 3, 2)
        assert failed[1].endswith("9999.99 here, 9999.98 there")
        assert "receipt " in failed[1]
        _edit(killbill_sandbox, killbill_tenant, "invoice_items", "7000.00", "1")
        code, well, failed = _checks(known)
        assert (code, len(well), len(failed)) == (1, 2, 3)
        assert failed[1].endswith("is a charge there: 7000.00 here, 7001.00 there")
