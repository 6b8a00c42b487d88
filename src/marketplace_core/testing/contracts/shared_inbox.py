"""What every store must do with payments of an account that several portfolios share."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId, PersonId, PortfolioId
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer, PaymentReport, ReportSource
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import NotFound
from marketplace_core.ports.payment_inbox import InboxOutcome
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.services.routing import RouteReports
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import PAYBILL, BookStore, PortfolioLife

_ACCOUNT = PAYBILL.collection_account_id
_HERE, _THERE = PortfolioId("p1"), PortfolioId("p2")
_REFERENCE_HERE, _REFERENCE_THERE = (issue_reference(own, LeaseId("l1")) for own in (_HERE, _THERE))


class SharedInboxContract(StoreContract):
    """A payment goes where its reference is let; what nothing routes is held for a person."""

    @pytest.fixture
    def there(self, life: PortfolioLife) -> PortfolioLife:
        """A second portfolio that collects in the same account; both have a lease with a reference."""
        other = PortfolioLife(life.store, _THERE).opened()
        life.let(1, reference=_REFERENCE_HERE)
        other.let(1, reference=_REFERENCE_THERE)
        return other

    def test_each_payment_goes_where_its_reference_is_let(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """Two references, two books; whose statement it was does not matter."""
        outcome = _route(
            life, _report(life, "T1", _REFERENCE_HERE), _report(life, "T2", f"rent {_REFERENCE_THERE.lower()}")
        )
        assert (outcome.received, outcome.received_minor, outcome.held) == (2, 100_000, 0)
        assert _transactions(life) == ["T1"]
        assert _transactions(there) == ["T2"]

    def test_what_nothing_routes_is_held(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """No reference, two, a stranger's, one that both books let: in no book, but not lost, and held once."""
        stranger = issue_reference(PortfolioId("p3"), LeaseId("l9"))
        both = issue_reference(PortfolioId("p3"), LeaseId("l2"))
        life.let(2, reference=both)
        there.let(2, reference=both)
        texts = ["", f"{_REFERENCE_HERE} {_REFERENCE_THERE}", stranger, both]
        reports = [_report(life, f"T{number}", text) for number, text in enumerate(texts)]
        before = (life.state(), there.state())
        assert _route(life, *reports, reports[0]).held == len(reports)
        assert _route(there, *reports).held == 0
        assert (life.state(), there.state()) == before
        assert {it.transaction_id for it in life.store.held(_ACCOUNT)} == {"T0", "T1", "T2", "T3"}

    def test_a_person_says_whose_it_is(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """Assigned, the payment is in that book with every report of it, and held no more; not a second time."""
        report = _report(life, "T1", "")
        _route(life, report, evolve(report, source=ReportSource.CALLBACK))
        outcome = _router(life.store).assign(there.command("payment.assign"), report.payment_id, _ACCOUNT)
        assert (outcome.received, outcome.told_again) == (1, 1)
        assert _transactions(there) == ["T1"]
        assert _transactions(life) == []
        assert list(life.store.held(_ACCOUNT)) == []
        with pytest.raises(NotFound, match="not held"):
            _router(life.store).assign(life.command("payment.assign"), report.payment_id, _ACCOUNT)

    def test_what_was_held_comes_before_what_routes_it(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """Held without a reference, then told with one: every report is in the book, and another amount is refused."""
        report = _report(life, "T1", "")
        more = evolve(report, amount=life.money(70_000), reference_text=_REFERENCE_HERE)
        _route(there, report, evolve(report, source=ReportSource.CALLBACK), _report(life, "T2", ""))
        outcome = _route(there, more)
        assert (outcome.received, outcome.told_again, len(outcome.contradictions)) == (1, 1, 1)
        payment = life.store.payment(_HERE, report.payment_id).payment
        assert payment.amount == report.amount
        told = life.store.reports(_HERE, report.payment_id)
        assert sorted(it.source for it in told) == [ReportSource.CALLBACK, ReportSource.STATEMENT]
        assert [it.transaction_id for it in life.store.held(_ACCOUNT)] == ["T2"]
        other = _report(life, "T2", "").payment_id
        assert list(life.store.held(_ACCOUNT, [report.payment_id])) == []
        assert [it.payment_id for it in life.store.held(_ACCOUNT, [other])] == [other]
        assert list(life.store.held(_ACCOUNT, [])) == []

    def test_a_known_payment_stays_where_it_is(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """A further report of a routed payment goes to its book, whatever its text says and whoever imports it."""
        report = _report(life, "T1", _REFERENCE_HERE)
        _route(there, report)
        again = _route(there, evolve(report, source=ReportSource.CALLBACK, reference_text=_REFERENCE_THERE))
        assert (again.received, again.told_again) == (0, 1)
        told = life.store.reports(_HERE, report.payment_id)
        assert [it.source for it in told] == [ReportSource.STATEMENT, ReportSource.CALLBACK]
        assert _transactions(there) == []

    def test_held_payments_are_routed_once_their_lease_is_signed(
        self, life: PortfolioLife, there: PortfolioLife
    ) -> None:
        """A reference that named nobody names somebody later: the next look takes the payment."""
        reference = issue_reference(_THERE, LeaseId("l2"))
        _route(life, _report(life, "T1", reference))
        there.let(2, reference=reference)
        outcome = _router(life.store).route_held(life.command("payments.route"), _ACCOUNT)
        assert (outcome.received, outcome.held) == (1, 0)
        assert _transactions(there) == ["T1"]
        assert list(life.store.held(_ACCOUNT)) == []

    def test_an_account_of_one_portfolio_needs_no_reference(self, life: PortfolioLife) -> None:
        """Where nobody shares the account, every payment is its portfolio's."""
        outcome = _route(life, _report(life, "T1", "shamba"))
        assert (outcome.received, outcome.held) == (1, 0)
        assert _transactions(life) == ["T1"]

    def test_an_account_that_nobody_has_is_not_found(self, life: PortfolioLife) -> None:
        """Reports for an account in which nobody collects are refused."""
        foreign = evolve(_report(life, "T1", ""), collection_account_id=CollectionAccountId("elsewhere"))
        with pytest.raises(NotFound, match="elsewhere"):
            _route(life, foreign)

    def test_a_dry_run_counts_and_keeps_nothing(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """It says what would be received and held."""
        before = (life.state(), there.state())
        reports = [_report(life, "T1", _REFERENCE_THERE), _report(life, "T2", "")]
        outcome = _router(life.store).receive(life.command(), reports, dry_run=True)
        assert (outcome.received, outcome.held) == (1, 1)
        assert (life.state(), there.state()) == before
        assert list(life.store.held(_ACCOUNT)) == []

    def test_eight_imports_at_once_lose_and_double_nothing(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """Both portfolios import one statement, four times each, at once: every payment in one place once."""
        texts = [_REFERENCE_HERE, _REFERENCE_THERE, ""]
        reports = [_report(life, f"T{number:02}", texts[number % 3]) for number in range(30)]
        lives = [PortfolioLife(life.store, own, first_step=1000 * n) for n, own in enumerate([_HERE, _THERE] * 4, 1)]
        done = at_once([partial(_route, one, *reports) for one in lives])
        outcomes = [it for it in done if isinstance(it, InboxOutcome)]
        assert len(outcomes) == len(lives)
        names = [it.transaction_id for it in reports]
        assert sum(it.received for it in outcomes) == len(names[::3] + names[1::3])
        assert (_transactions(life), _transactions(there)) == (names[::3], names[1::3])
        assert sorted(it.transaction_id for it in life.store.held(_ACCOUNT)) == names[2::3]

    def test_what_is_held_is_erased_with_the_person(self, life: PortfolioLife, there: PortfolioLife) -> None:
        """A held report from the phone of somebody erased keeps its money and loses its payer."""
        person = Person(PersonId("t1"), "Njeri Wanjala", ("254711222333",))
        RecordDirectory(life.store)(life.command(), people=[person])
        _route(there, evolve(_report(life, "T1", "kodi"), payer=Payer("NJERI", "0711222333")))
        ErasePerson(life.store)(life.command(reason="they asked"), person.person_id)
        (held,) = life.store.held(_ACCOUNT)
        assert (held.payer, held.reference_text, held.amount) == (Payer(), "", life.money(500))


def _report(life: PortfolioLife, transaction: str, text: str) -> PaymentReport:
    return evolve(life.report(transaction, 500, "2026-01-05"), reference_text=text)


def _router(store: BookStore) -> RouteReports:
    return RouteReports(store, store, store)


def _route(life: PortfolioLife, *reports: PaymentReport) -> InboxOutcome:
    return _router(life.store).receive(life.command("payments.import"), reports)


def _transactions(life: PortfolioLife) -> list[str]:
    return sorted(it.transaction_id for it in life.store.payments(life.portfolio_id))
