"""The gate gives what may be acted on, and refuses in words that betray nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.identifiers import (
    InvoiceId,
    LeaseId,
    PaymentId,
    PersonId,
    PortfolioId,
    PropertyId,
    UnitId,
)
from marketplace_core.domain.party import Person, Property, Role, Unit
from marketplace_core.errors import MarketplaceError, NotFound, NotPermitted
from marketplace_core.services.gate import Gate
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

OWN, OTHER = PortfolioId("p1"), PortfolioId("p2")
MINE, THEIRS = "mine", "theirs"

LANDLORD_ONLY_READS = {
    Action.READ_PROPERTY,
    Action.READ_LEASE,
    Action.READ_MONEY,
    Action.READ_PERSON,
    Action.READ_MAINTENANCE,
}
MAY = {
    "admin": set(Action),
    "landlord": set(Action) - {Action.ERASE_PERSON, Action.OPERATE, Action.APPROVE_LISTING},
    "part": set(Action) - {Action.ERASE_PERSON, Action.OPERATE, Action.APPROVE_LISTING},
    "tenant": {*LANDLORD_ONLY_READS, Action.REPORT_MAINTENANCE},
    "caretaker": {
        Action.READ_PROPERTY,
        Action.READ_MAINTENANCE,
        Action.REPORT_MAINTENANCE,
        Action.WRITE_MAINTENANCE,
    },
}
"""The roles' actions, written out once more so that a changed table fails here."""


def actor(who: str) -> Actor:
    """Somebody of a role; part, tenant and caretaker reach unit u1 on `block` only."""
    block = frozenset([PropertyId("block")])
    grant = {
        "admin": Grant(Role.ADMIN, None),
        "landlord": Grant(Role.LANDLORD, OWN),
        "part": Grant(Role.LANDLORD, OWN, property_ids=block),
        "tenant": Grant(Role.TENANT, OWN, PersonId("t1"), lease_ids=frozenset([LeaseId("l1")])),
        "caretaker": Grant(Role.CARETAKER, OWN, property_ids=block),
        "stranger": Grant(Role.LANDLORD, OTHER),
    }[who]
    return Actor(f"person:{who}", (grant,))


@pytest.fixture(scope="module")
def life() -> PortfolioLife:
    """Two properties with a lease each, a payment of the one, one of both, and one that waits."""
    books = MemoryBooks()
    PortfolioLife(books, "p2", first_step=500).opened(1)
    life = PortfolioLife(books).opened(1)
    RecordDirectory(books)(
        life.command("directory.record"),
        people=[Person(PersonId("t2"), "Tenant 2")],
        properties=[Property(OWN, PropertyId("other"), "Other")],
        units=[Unit(OWN, UnitId("u2"), PropertyId("other"), "B1")],
    )
    life.let(1)
    life.let(2)
    life.bill("2026-01")
    life.give(life.pay("MINE", 1_000, "2026-01-05"), {"l1": 1_000})
    life.give(life.pay("THEIRS", 1_000, "2026-01-05"), {"l2": 1_000})
    life.give(life.pay("BOTH", 1_000, "2026-01-05"), {"l1": 400, "l2": 600})
    life.pay("WAITS", 1_000, "2026-01-05")
    return life


def payment_of(life: PortfolioLife, transaction: str) -> PaymentId:
    """The payment of a transaction."""
    return next(it.payment_id for it in life.store.payments(OWN) if it.transaction_id == transaction)


def gate_of(life: PortfolioLife) -> Gate:
    """A gate before the books."""
    return Gate(life.store, life.store)


def asked(life: PortfolioLife, what: str, whose: str) -> Callable[[Actor, Action], object]:
    """A question for a thing: of lease l1 on `block` (mine), of lease l2 on `other` (theirs), or of nothing."""
    gate, mine = gate_of(life), whose == MINE
    number = {MINE: 1, THEIRS: 2}.get(whose, 9)
    invoice = InvoiceId("nothing") if number > 2 else life.invoices(f"l{number}")[0].invoice_id
    payment = PaymentId("nothing") if number > 2 else payment_of(life, "MINE" if mine else "THEIRS")
    place = PropertyId({MINE: "block", THEIRS: "other"}.get(whose, "nothing"))
    return {
        "lease": lambda who, action: gate.lease(who, action, OWN, LeaseId(f"l{number}")),
        "invoice": lambda who, action: gate.invoice(who, action, OWN, invoice),
        "payment": lambda who, action: gate.payment(who, action, OWN, payment),
        "property": lambda who, action: gate.property(who, action, OWN, place),
        "unit": lambda who, action: gate.unit(who, action, OWN, UnitId(f"u{number}")),
        "person": lambda who, action: gate.person(who, action, OWN, PersonId(f"t{number}")),
    }[what]


READS = {
    "lease": Action.READ_LEASE,
    "invoice": Action.READ_MONEY,
    "payment": Action.READ_MONEY,
    "property": Action.READ_PROPERTY,
    "unit": Action.READ_PROPERTY,
    "person": Action.READ_PERSON,
}


def outcome(question: Callable[[], object]) -> str:
    """What came of a question."""
    try:
        question()
    except NotFound:
        return "not found"
    except NotPermitted:
        return "not permitted"
    return "given"


@pytest.mark.parametrize("who", [*MAY, "stranger"])
@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("whose", [MINE, THEIRS, "nobody's"])
def test_every_role_gets_what_its_table_says(life: PortfolioLife, who: str, what: str, whose: str) -> None:
    """Each action of each role on their own, on others' and on what is not there."""
    ask = asked(life, what, whose)
    for action in Action:
        allowed, reads = action in MAY.get(who, set()), READS[what] in MAY.get(who, set())
        there = whose == MINE or (whose == THEIRS and who in ("admin", "landlord"))
        if who == "stranger":
            expected = "not found"
        elif not allowed and not reads:
            expected = "not permitted"
        elif not there:
            expected = "not found"
        else:
            expected = "given" if allowed else "not permitted"
        assert outcome(lambda action=action: ask(actor(who), action)) == expected, (who, action)  # type: ignore[misc]


def test_what_is_out_of_reach_is_refused_in_the_words_for_what_is_not_there(life: PortfolioLife) -> None:
    """Only the id differs."""
    gate, words = gate_of(life), list[str]()
    for lease in ("l2", "l9"):
        with pytest.raises(NotFound) as refused:
            gate.lease(actor("part"), Action.WRITE_LEASE, OWN, LeaseId(lease))
        words.append(str(refused.value).replace(lease, "…"))
    assert words == ["there is no lease …, or it is not visible to you"] * 2


def test_an_act_on_a_payment_needs_every_lease_that_has_some_of_it(life: PortfolioLife) -> None:
    """Who reaches one of two leases sees the payment and may not reverse it; one that waits is not even seen."""
    gate, both = gate_of(life), payment_of(life, "BOTH")
    part = actor("part")
    assert gate.payment(part, Action.READ_MONEY, OWN, both).transaction_id == "BOTH"
    with pytest.raises(NotPermitted, match="other leases too"):
        gate.payment(part, Action.REVERSE, OWN, both)
    assert gate.payment(actor("landlord"), Action.REVERSE, OWN, both).payment_id == both
    with pytest.raises(NotFound):
        gate.payment(part, Action.RECONCILE, OWN, payment_of(life, "WAITS"))


@pytest.mark.parametrize(
    ("who", "action", "expected"),
    [
        ("admin", Action.BILL, "given"),
        ("landlord", Action.BILL, "given"),
        ("landlord", Action.OPERATE, "not permitted"),
        ("part", Action.BILL, "not permitted"),
        ("tenant", Action.READ_MONEY, "not permitted"),
        ("caretaker", Action.READ_PROPERTY, "not permitted"),
        ("stranger", Action.BILL, "not found"),
    ],
)
def test_an_act_on_the_whole_book_needs_a_whole_reach(
    life: PortfolioLife, who: str, action: Action, expected: str
) -> None:
    """A part of the book is not enough."""
    assert outcome(lambda: gate_of(life).portfolio(actor(who), action, OWN)) == expected


def test_a_portfolio_that_is_not_there_is_not_found_by_anybody(life: PortfolioLife) -> None:
    """In the words for one that is not visible."""
    gate, unknown = gate_of(life), PortfolioId("p9")
    words: set[str] = set()
    questions: list[Callable[[str], object]] = [
        lambda who: gate.portfolio(actor(who), Action.BILL, unknown),
        lambda who: gate.reach(actor(who), Action.READ_LEASE, unknown),
    ]
    for who in ("admin", "landlord"):
        for question in questions:
            with pytest.raises(MarketplaceError) as refused:
                question(who)
            words.add(str(refused.value))
    assert words == {"there is no portfolio p9, or it is not visible to you"}


def test_a_scope_confines_a_service_and_lets_it_act_on_what_it_may_not_read(life: PortfolioLife) -> None:
    """A service that may only write leases gets one to write, and nothing else; an unknown one is not found."""
    gate = gate_of(life)
    service = Actor("service:sync", (Grant(Role.LANDLORD, OWN),), frozenset([Action.WRITE_LEASE]))
    assert gate.lease(service, Action.WRITE_LEASE, OWN, LeaseId("l2")).lease_id == "l2"
    with pytest.raises(NotFound):
        gate.lease(service, Action.WRITE_LEASE, OWN, LeaseId("l9"))
    with pytest.raises(NotPermitted):
        gate.lease(service, Action.READ_LEASE, OWN, LeaseId("l2"))


def test_the_portfolios_are_those_with_a_role(life: PortfolioLife) -> None:
    """All for an admin, their own for anybody else."""
    gate = gate_of(life)
    assert [it.portfolio_id for it in gate.portfolios(actor("admin"))] == [OWN, OTHER]
    assert [it.portfolio_id for it in gate.portfolios(actor("tenant"))] == [OWN]
    assert [it.portfolio_id for it in gate.portfolios(actor("stranger"))] == [OTHER]
    assert gate.portfolios(Actor("person:nobody", ())) == ()
