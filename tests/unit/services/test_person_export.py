"""Whoever asks gets everything that the books hold of them, and nothing of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from marketplace_core.domain.facts import AliasLearned, ExternalLinked, PersonRecorded
from marketplace_core.domain.identifiers import PersonId, UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.errors import NotFound
from marketplace_core.services.maintenance.working import CommentOnTicket, OpenTicket
from marketplace_core.services.person_export import ExportPerson
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


@pytest.fixture
def life() -> PortfolioLife:
    """Two tenants, a payment shared by both, one from the first one's phone that waits, and one that is another's."""
    life = PortfolioLife(MemoryBooks()).opened()
    asha = Person(PersonId("t1"), "Asha Wanjiru", ("254711000001",), "asha@example.org", "12345")
    life.store.record(life.command(), [PersonRecorded(life.portfolio_id, asha)])
    life.let(1, deposit=life.money(10_000))
    life.let(2)
    life.bill("2026-01")
    life.give(life.pay("SHARED", 20_000, "2026-01-05"), {"l1": 5_000, "l2": 14_321})
    for transaction, payer in (("PHONE", Payer("SOMEBODY", "254711000001")), ("OTHER", Payer("Juma", "254722000002"))):
        life.receive(evolve(life.report(transaction, 700, "2026-01-06"), payer=payer))
    aliases = [PayerAlias(life.portfolio_id, f"l{n}", "name", f"ALIAS {n}", "mat_1") for n in (1, 2)]
    links = [ExternalLinked(life.portfolio_id, "condo", "tenant", f"ext-{n}", f"t{n}") for n in (1, 2)]
    life.store.record(life.command(), [*map(AliasLearned, aliases), *links])
    return life


def export_of(life: PortfolioLife, person: str = "t1") -> dict[str, Any]:
    """The export, as JSON gives it back."""
    store = life.store
    found = ExportPerson(*[store] * 10)(life.portfolio_id, PersonId(person))
    told: dict[str, Any] = json.loads(json.dumps(found))
    return told


def test_it_tells_everything_of_the_person(life: PortfolioLife) -> None:
    """Name and ids, leases with invoices and deposit, payments by lease and by phone, receipts, aliases, links."""
    told = export_of(life)
    assert told["person"]["national_id"] == "12345"
    (lease,) = told["leases"]
    assert lease["lease_id"] == "l1"
    assert {it["kind"] for it in lease["invoices"] if "kind" in it} == {"recurring", "deposit"}
    payments = {it["transaction_id"]: it for it in told["payments"]}
    assert payments.keys() == {"SHARED", "PHONE"}
    assert [it["amount"] for it in payments["SHARED"]["given_to"]] == [[500_000, "KES"]]
    assert len(payments["SHARED"]["receipts"]) == len(payments["SHARED"]["reports"]) == 1
    assert "ALIAS 1" in [it["text"] for it in told["aliases"]]
    assert told["links"] == [{"system": "condo", "kind": "tenant", "external_id": "ext-1", "our_id": "t1"}]


def test_it_tells_nothing_of_others(life: PortfolioLife) -> None:
    """Neither the other tenant, nor their lease, nor what is theirs of a shared payment."""
    text = json.dumps(export_of(life))
    for part in ("Tenant 2", '"l2"', "ALIAS 2", "ext-2", "OTHER", "Juma", "1432100"):
        assert part not in text, part


def test_a_payment_whose_second_report_has_the_phone_is_the_persons(life: PortfolioLife) -> None:
    """Though the first report told of another payer."""
    report = evolve(life.report("TWICE", 900, "2026-01-07"), payer=Payer("", "2547****0001"))
    again = evolve(report, source=type(report.source).CALLBACK, payer=Payer("", "254711000001"))
    life.receive(report, again)
    assert "TWICE" in {it["transaction_id"] for it in export_of(life)["payments"]}


def test_a_person_that_nobody_knows_is_not_found(life: PortfolioLife) -> None:
    """Nothing is made up."""
    with pytest.raises(NotFound, match="t77"):
        export_of(life, "t77")


def test_it_tells_the_tickets_that_tell_of_the_person(life: PortfolioLife) -> None:
    """What they reported with its comments and history; what others reported not."""
    for number in (1, 2):
        new = NewTicket(f"tap {number}", "leaks", unit_id=UnitId(f"u{number}"), reporter_id=PersonId(f"t{number}"))
        file = OpenTicket(life.store, life.store)(life.command("ticket.open"), new)
        CommentOnTicket(life.store)(life.command("ticket.comment"), file.ticket.ticket_id, f"seen {number}")
    (told,) = export_of(life)["tickets"]
    assert (told["ticket"]["title"], [it["text"] for it in told["comments"]]) == ("tap 1", ["seen 1"])
    assert len(told["changes"]) == 2
