"""What the real Kill Bill does that our adapter must know, and how it stays right where replies are lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest
from attrs import evolve
from tests.fixtures.killbill_places import KillBillPlace, connection
from typing_extensions import override

from marketplace_adapters.killbill import Client, KillBillReading, KillBillWriting
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import TheirInvoiceStatus, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import Charge, EndSubscription, GiveCredit, VoidInvoice
from marketplace_core.errors import PartnerUnavailable, RuleViolation
from marketplace_core.testing.contracts.outside_engine_base import NEW_YEAR, EnginePlace, LeaseThere, kes, let

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Sandbox, Server, Tenant

pytestmark = pytest.mark.killbill


@pytest.fixture
def place(killbill_clock: Server, killbill_tenant: Tenant) -> Iterator[KillBillPlace]:
    """Give a tenant that is set up, on the first day of 2026."""
    given = KillBillPlace.of(killbill_clock, killbill_tenant)
    given.set_up()
    yield given
    given.client.close()


class LostReplies(httpx.BaseTransport):
    """Sends each request on, and loses the replies to writes while ``is_losing``."""

    def __init__(self) -> None:
        """Lose nothing yet."""
        self.is_losing = False
        self.written = 0
        self._way = httpx.HTTPTransport()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, or as if none came."""
        response = self._way.handle_request(request)
        if self.is_losing and request.method != "GET" and not request.url.path.endswith("/tags"):
            self.written += 1
            response.read()
            response.close()
            raise httpx.ReadTimeout("lost")
        return response

    @override
    def close(self) -> None:
        """End its connections."""
        self._way.close()


@pytest.fixture
def line() -> Iterator[LostReplies]:
    """Give a line that loses replies when it is told to; it is closed even where its test fails."""
    given = LostReplies()
    yield given
    given.close()


def _losing(place: KillBillPlace, line: LostReplies) -> LeaseThere:
    """A lease in the place whose replies may be lost."""
    client = Client(connection(place.server, place.tenant), line)
    lease = let(place.engine_place)
    through = EnginePlace(
        KillBillWriting(client), KillBillReading(client), place.engine_place.care, place.move_to, place.wait
    )
    return evolve(lease, place=through)


def test_lost_replies_of_keyed_writes_are_found_again(place: KillBillPlace, line: LostReplies) -> None:
    """An account, a subscription and a payment whose reply is lost are there once, and their ids are given."""
    lease = _losing(place, line)
    invoice = lease.invoice_of(lease.charge("1000"))
    line.is_losing = True
    subscription = lease.subscribe()
    payment = lease.pay(invoice.invoice_id, "400")
    other = let(lease.place, "l2", paused=True)
    assert line.written == 3
    line.is_losing = False
    books = lease.books()
    assert [it.subscription_id for it in books.subscriptions] == [subscription]
    assert [(it.payment_id, it.kept) for it in books.payments] == [(payment, kes("400"))]
    assert other.books().account.account_id == other.account_id


@pytest.mark.parametrize("step", [Charge, GiveCredit])
def test_a_lost_reply_of_a_charge_leaves_it_open(
    place: KillBillPlace, line: LostReplies, step: type[Charge | GiveCredit]
) -> None:
    """It is not sent again from here, it is not said to be done, and it stands there once under its marker."""
    lease = _losing(place, line)
    line.is_losing = True
    marker = lease.marker("charge", "x")
    with pytest.raises(PartnerUnavailable, match="unclear"):
        lease.do(step(marker, kes("100"), NEW_YEAR, "Water"))
    line.is_losing = False
    assert [item.marker for it in lease.invoices() for item in it.items if item.marker] == [marker]


def test_a_lost_reply_of_a_refund_takes_back_once(place: KillBillPlace, line: LostReplies) -> None:
    """Told again, it is seen that nothing is kept any more: the money goes out once."""
    lease = _losing(place, line)
    payment = lease.pay(lease.invoice_of(lease.charge("100")).invoice_id, "100")
    line.is_losing = True
    with pytest.raises(PartnerUnavailable):
        lease.take_back(payment, "100")
    line.is_losing = False
    lease.take_back(payment, "100")
    assert (lease.books().payments[0].kept, lease.balance) == (kes("0"), "100.00")


def test_an_account_of_that_key_must_be_the_same(place: KillBillPlace) -> None:
    """Billed on the same day, in the same zone and currency: else a person must look."""
    let(place.engine_place)
    with pytest.raises(RuleViolation, match="a person must look"):
        let(place.engine_place, "l1", 5)


def test_an_end_does_not_move_by_itself(place: KillBillPlace) -> None:
    """The control: asked for another end, Kill Bill keeps the first, whatever it answers; we ask only where none is."""
    lease = let(place.engine_place)
    found = lease.subscribe()
    lease.do(EndSubscription("m", found, date(2026, 3, 1)))
    other = {"requestedDate": date(2026, 4, 1), "useRequestedDateForBilling": True}
    answer = place.client.send("DELETE", f"/subscriptions/{found}", **other)
    assert lease.books().subscriptions[0].ends_on == date(2026, 3, 1), answer


def test_drafts_made_side_by_side_are_apart(place: KillBillPlace) -> None:
    """The control: each makes a draft of its own, of which a run takes one; ours go onto one draft."""
    lease, other = let(place.engine_place), let(place.engine_place, "l2")
    row = {"accountId": lease.account_id, "amount": "5.00", "currency": "KES", "description": "naive"}
    for _ in range(2):
        place.client.done("POST", f"/invoices/charges/{lease.account_id}", [row], autoCommit=False)
    for name in ("one", "two"):
        other.charge("5", name, rides=True)
    drafts = [[it.status for it in found.books().invoices] for found in (lease, other)]
    assert drafts == [[TheirInvoiceStatus.DRAFT] * 2, [TheirInvoiceStatus.DRAFT]]


def test_credit_that_is_used_is_not_voided_away(place: KillBillPlace) -> None:
    """Kill Bill would void it and owe less than no credit: we refuse."""
    lease = let(place.engine_place)
    lease.charge("100")
    credit = lease.invoice_of(lease.credit("60"))
    with pytest.raises(RuleViolation, match="is used"):
        lease.do(VoidInvoice("m", credit.invoice_id))
    assert (lease.balance, lease.unused_credit) == ("40.00", "0.00")


def test_a_payment_that_is_pending_is_neither(killbill_sandbox: Sandbox, place: KillBillPlace) -> None:
    """As plugins of others leave it: told as unsettled, nothing kept, and not taken back."""
    import psycopg  # noqa: PLC0415 - the sandbox needs it too

    lease = let(place.engine_place)
    payment = lease.pay(lease.invoice_of(lease.charge("100")).invoice_id, "100")
    with psycopg.connect(killbill_sandbox.database.conninfo, autocommit=True) as connection_:
        connection_.execute(
            "UPDATE payment_transactions SET transaction_status = 'PENDING' WHERE payment_id = %s", [payment]
        )
    (found,) = place.engine_place.reading.books_of(lease.key).payments  # type: ignore[union-attr]
    assert (found.state, found.paid, found.kept) == (TheirPaymentState.UNSETTLED, kes("100"), kes("0"))
    with pytest.raises(RuleViolation, match="neither paid nor unpaid"):
        lease.take_back(payment, "100")


def test_a_million_is_refused_until_the_columns_are_wide(killbill_sandbox: Sandbox, place: KillBillPlace) -> None:
    """999,999.99 stands; 1,000,000.00 is refused, by us and by Kill Bill; widened, it stands and is paid."""
    lease = let(place.engine_place)
    million, less = kes("1000000.00"), kes("999999.99")
    assert lease.invoice_of(lease.charge("999999.99")).balance == less
    with pytest.raises(RuleViolation, match="widen its columns"):
        lease.charge("1000000.00", "i2")
    wide = Client(evolve(place.client.server, most_amount=Decimal("999999999.99")))
    bold = evolve(lease, place=evolve(lease.place, writing=KillBillWriting(wide), reading=KillBillReading(wide)))
    with pytest.raises(RuleViolation, match="cannot hold the amount"):
        bold.charge("1000000.00", "i2")
    assert bold.books().account.balance == less
    killbill_sandbox.widen_amounts()
    try:
        invoice = bold.invoice_of(bold.charge("1000000.00", "i2"))
        assert invoice.balance == million
        bold.pay(invoice.invoice_id, "1000000.00")
        bold.charge("123456789.12", "i3")
        assert bold.books().account.balance == less + Money(12_345_678_912, KES)
    finally:
        killbill_sandbox.narrow_amounts()
        wide.close()
