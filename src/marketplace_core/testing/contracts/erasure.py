"""What every store must do with a person who is to be forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.event_log import verify_chain
from marketplace_core.domain.facts import PersonErased
from marketplace_core.domain.identifiers import LeaseId, PersonId
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer, ReportSource
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.domain.reconciliation.phones import hashed_phone
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.replay import replay
from marketplace_core.services.reports import StatementOfAccount
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

_TENANT, _OTHER = PersonId("t1"), PersonId("t2")
_NAME, _PHONE, _TEXT = "Njeri Wanjala", "254711222333", "NJERI HOUSE A1"
_HASHED = hashed_phone(_PHONE)
_OTHER_NAME, _OTHER_PHONE = "Otieno Were", "254722333444"


def a_shared_story(life: PortfolioLife) -> None:
    """Two tenants pay, also one for the other: matched by a person and by rules, doubtful, told twice, not matched."""
    people = [Person(_TENANT, _NAME, (_PHONE,)), Person(_OTHER, _OTHER_NAME, (_OTHER_PHONE,))]
    RecordDirectory(life.store)(life.command(), people=people)
    life.let(1)
    life.let(2, rent=8_000)
    life.bill("2026-01")
    _told(life, "T1", 5_000, Payer(_NAME, _PHONE), _TEXT)
    life.give(life.report("T1", 1, "2026-01-05").payment_id, {"l1": 5_000})
    _told(life, "T1", 5_000, Payer(_NAME, _PHONE), _TEXT, ReportSource.CALLBACK)
    _told(life, "T1", 6_000, Payer(_NAME, _PHONE), _TEXT, ReportSource.BANK)
    _told(life, "T2", 10_000, Payer(_NAME, f"0{_PHONE[3:]}"), "")
    _told(life, "T3", 8_000, Payer(_OTHER_NAME, _OTHER_PHONE), "REF2")
    _told(life, "T4", 77, Payer("", _PHONE), "chakula")
    _told(life, "T5", 123, Payer(f"{_NAME} Kamau", ""), "")
    _told(life, "T6", 99, Payer("", "2547*****333"), "")
    _told(life, "T6", 99, Payer("", _PHONE), "", ReportSource.CALLBACK)
    _told(life, "T7", 200, Payer(_NAME, _PHONE), "kwa Otieno")
    life.give(life.report("T7", 1, "2026-01-05").payment_id, {"l2": 200})
    _told(life, "T8", 2_001, Payer("W Njeri", ""), "")
    view = ReconciliationView(life.store, life.store, life.store, life.store)
    reconcile = ReconcilePayments(life.store, life.store, PureMatcher(), view)
    reconcile(life.command("reconcile"), date(2026, 1, 6), DEFAULT_RULES)


def _told(
    life: PortfolioLife,
    transaction: str,
    amount: int,
    payer: Payer,
    reference: str,
    source: ReportSource = ReportSource.STATEMENT,
) -> None:
    report = life.report(transaction, amount, "2026-01-05", source)
    life.receive(evolve(report, payer=payer, reference_text=reference))


def everything_told(life: PortfolioLife) -> str:
    """All that a reader of the store can see of people, in one text."""
    store, own = life.store, life.portfolio_id
    payments = list(store.payments(own))
    return str(
        [
            store.people(own),
            payments,
            [store.reports(own, it.payment_id) for it in payments],
            list(store.matches(own)),
            store.proposals(own),
            store.aliases(own),
            [store.personal(own, event.sequence) for event in store.events(own)],
            list(store.events(own)),
        ]
    )


class ErasureContract(StoreContract):
    """A person goes, the money stays."""

    def _erase(self, life: PortfolioLife, person_id: PersonId = _TENANT, *, dry_run: bool = False) -> PersonErased:
        return ErasePerson(life.store)(life.command("person.erase", "they asked"), person_id, dry_run=dry_run)

    def test_nothing_of_the_person_is_left(self, life: PortfolioLife) -> None:
        """Name, phone and reference texts are gone from every row and sealed part; the other tenant's stay."""
        a_shared_story(life)
        before = everything_told(life)
        assert all(
            text in before
            for text in (_NAME, _NAME.upper(), _PHONE, _HASHED, _TEXT, "chakula", _OTHER_NAME, _OTHER_PHONE)
        )
        gone = self._erase(life)
        after = everything_told(life)
        assert [text for text in (_NAME, _NAME.upper(), _PHONE[3:], _HASHED, _TEXT, "chakula") if text in after] == []
        assert _OTHER_NAME in after
        assert _OTHER_PHONE in after
        assert life.store.people(life.portfolio_id)[_TENANT] == Person(_TENANT, "")
        assert min(gone.parts, gone.payments, gone.aliases) > 0

    def test_the_money_and_the_chain_stay(self, life: PortfolioLife) -> None:
        """Every row of money is the one of before, the links before are untouched, and one link says what went."""
        a_shared_story(life)
        rows, links = life.state(), list(life.store.events(life.portfolio_id))
        gone = self._erase(life)
        assert life.state() == rows
        after = list(life.store.events(life.portfolio_id))
        assert after[:-1] == links
        assert verify_chain(after) == (len(links) + 1, after[-1].hash)
        assert (after[-1].kind, after[-1].actor, after[-1].reason) == ("person.erase", "person:asha", "they asked")
        assert _NAME not in after[-1].payload
        assert gone.person_id in after[-1].payload

    def test_the_log_replays_with_the_hole(self, life: PortfolioLife) -> None:
        """The replayed books have the same rows, the proof says how much evidence is erased, and life goes on."""
        a_shared_story(life)
        gone = self._erase(life)
        assert list(replay(life.store, life.portfolio_id).books.state(life.portfolio_id)) == life.state()
        life.bill("2026-02")
        life.reverse(life.report("T1", 1, "2026-01-05").payment_id, "2026-02-01")
        report = verify_books(life.store, life.store, life.portfolio_id)
        assert (report.ok, report.evidence_erased) == (True, gone.parts)

    def test_a_statement_is_still_given(self, life: PortfolioLife) -> None:
        """The lease of somebody erased has the statement of before; its head says that the name is gone."""
        a_shared_story(life)
        statement, span = StatementOfAccount(life.store), DateSpan(date(2026, 1, 1), date(2026, 2, 1))
        before = statement(life.portfolio_id, LeaseId("l1"), span)
        self._erase(life)
        assert before.lines
        assert statement(life.portfolio_id, LeaseId("l1"), span) == before
        assert life.store.people(life.portfolio_id)[_TENANT].shown_name == "(erased)"

    def test_every_store_erases_the_same(self, life: PortfolioLife) -> None:
        """What goes is what goes from the books in memory; a second erasure finds nothing, the same command is done."""
        a_shared_story(life)
        command = life.command("person.erase", "they asked")
        first = life.store.erase_person(command, _TENANT)
        twin = PortfolioLife(MemoryBooks()).opened()
        a_shared_story(twin)
        assert first.facts == (self._erase(twin),)
        links = len(list(life.store.events(life.portfolio_id)))
        again = life.store.erase_person(evolve(command, recorded_at=command.recorded_at + timedelta(days=1)), _TENANT)
        assert (again.repeated, again.facts) == (True, first.facts)
        assert self._erase(life) == PersonErased(life.portfolio_id, _TENANT, 0, 0, 0)
        assert len(list(life.store.events(life.portfolio_id))) == links

    def test_a_dry_run_says_what_would_go_and_keeps_it(self, life: PortfolioLife) -> None:
        """The dry run's counts are the erasure's, and nothing is gone before it."""
        a_shared_story(life)
        before = everything_told(life)
        would = self._erase(life, dry_run=True)
        assert everything_told(life) == before
        assert self._erase(life) == would

    def test_an_undone_match_leads_to_the_payer_too(self, life: PortfolioLife) -> None:
        """A payment once given to the lease and to nobody since is emptied; one that is another's by now is not."""
        life.let(1)
        life.let(2)
        ids = [life.pay(name, 500, "2026-01-05") for name in ("T1", "T2")]
        for payment_id in ids:
            life.undo(life.give(payment_id, {"l1": 500}))
        life.give(ids[1], {"l2": 500})
        self._erase(life)
        payers = {it.transaction_id: it.payer.name for it in life.store.payments(life.portfolio_id)}
        assert payers == {"T1": "", "T2": "Wanjiku"}

    def test_nobody_is_erased_by_a_mistyped_id_or_without_a_reason(self, life: PortfolioLife) -> None:
        """An unknown person is not found; an erasure without a reason is refused."""
        links = list(life.store.events(life.portfolio_id))
        with pytest.raises(NotFound, match="nobody"):
            self._erase(life, PersonId("nobody"))
        with pytest.raises(InvalidInput, match="why"):
            ErasePerson(life.store)(life.command(reason=" "), _TENANT)
        assert list(life.store.events(life.portfolio_id)) == links
