"""What every store's state must be: that of the books in memory after the same commands."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from marketplace_core.domain.facts import AliasLearned, MatchProposed, ReversalAwaited, ReversalDismissed
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.matching import Proposal
from marketplace_core.domain.payment import PayerAlias, ReportSource
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.domain.state import books_hash
from marketplace_core.domain.state_rows import EVIDENCE_KINDS
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import BEGINNING, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


def a_busy_year(life: PortfolioLife) -> None:
    """Sign, bill, pay, match, undo, credit, void, write off, refund, reverse, take back: each at least once."""
    first, second = life.let(1, deposit=life.money(10_000)), life.let(2, rent=8_000, start="2026-01-20")
    life.bill("2026-01")
    whole = life.pay("T1", 30_000, "2026-01-05")
    life.give(whole, {"l1": 20_000})
    wrong = life.give(whole, {"l2": 10_000})
    life.undo(wrong)
    life.give(whole, {"l1": 10_000})
    life.bill("2026-02")
    late = life.pay("T2", 4_000, "2026-01-25")
    life.give(late, {"l2": 4_000})
    rents = life.invoices("l2")
    life.correct.credit_invoice(
        life.command(reason="leak"), second, rents[0].invoice_id, life.money(500), date(2026, 2, 3)
    )
    life.correct.void_invoice(life.command(reason="twice"), second, rents[1].invoice_id, date(2026, 2, 4))
    life.bill("2026-02")
    standing = life.invoices("l2")[-1]
    life.correct.write_off(life.command(reason="tiny"), second, standing.invoice_id, life.money(100), date(2026, 2, 9))
    life.correct.deduct_from_deposit(life.command(reason="door"), first, life.money(2_000), date(2026, 2, 10))
    life.correct.refund_deposit(life.command(reason="moved"), first, life.money(1_000), date(2026, 2, 11))
    extra = life.pay("T3", 60_000, "2026-02-12")
    life.give(extra, {"l1": 60_000})
    account = life.store.account(life.portfolio_id, LeaseId("l1"))
    credit = next(it for it in account.credits if it.order_key == "T3")
    life.correct.refund(life.command(reason="too much"), first, credit.credit_id, life.money(5_000), date(2026, 2, 13))
    life.correct.refund(life.command(reason="again"), first, credit.credit_id, life.money(6_000), date(2026, 2, 14))
    life.reverse(late, "2026-02-14")
    back = life.store.account(life.portfolio_id, first).uses[-1].use_id
    life.correct.take_back_refund(life.command(reason="bounced"), first, back, date(2026, 2, 15))
    taken = life.pay("T4", 20_000, "2026-02-16")
    life.give(taken, {"l2": 20_000})
    life.correct.refund_lease(life.command(reason="too much"), second, life.money(3_000), date(2026, 2, 17))
    life.reverse(taken, "2026-02-20")
    life.receive(life.report("T3", 61_000, "2026-02-12"))
    waits = [
        AwaitedReversal.of(life.reversal(name, "T77", 500, "2026-02-21"), life.portfolio_id, BEGINNING) for name in "RS"
    ]
    life.store.record(life.command(), [ReversalAwaited(it) for it in waits])
    dismissed = evolve(waits[1], dismissed_at=BEGINNING)
    life.store.record(life.command(reason="not ours"), [ReversalDismissed(dismissed)])


class BooksStateContract(StoreContract):
    """The same commands give the same books, to the byte, in every store."""

    def test_the_same_commands_give_the_rows_of_the_books_in_memory(self, life: PortfolioLife) -> None:
        """After a busy year every row is that of ``MemoryBooks``, in the same order."""
        twin = PortfolioLife(MemoryBooks()).opened()
        a_busy_year(twin)
        a_busy_year(life)
        assert life.state() == twin.state()

    def test_the_same_commands_give_the_same_rows_of_evidence(self, life: PortfolioLife) -> None:
        """People, payers, reports, refusals, aliases and certificates too, each kind of them, in order."""
        twin = PortfolioLife(MemoryBooks()).opened()
        for one in (twin, life):
            a_busy_year(one)
            told = one.report("T8", 500, "2026-03-01")
            one.receive(told)
            one.receive(evolve(told, source=ReportSource.CALLBACK), evolve(told, amount=one.money(501)))
            alias = PayerAlias(one.portfolio_id, "l1", "name", "WANJIKU", "mat_1")
            proposal = Proposal(one.portfolio_id, told.payment_id, told.amount, "unmatched", BEGINNING, "{}", "d")
            one.store.record(one.command(), [AliasLearned(alias), MatchProposed(proposal)])
        rows = list(life.store.evidence_state(life.portfolio_id))
        assert rows == list(twin.store.evidence_state(twin.portfolio_id))
        assert tuple(dict.fromkeys(row.kind for row in rows)) == EVIDENCE_KINDS
        assert rows == sorted(rows)

    def test_the_hash_of_the_books_is_stable(self, life: PortfolioLife) -> None:
        """Read twice, the books have one hash; a further fact changes it."""
        a_busy_year(life)
        before = books_hash(life.store.state(life.portfolio_id))
        assert books_hash(life.store.state(life.portfolio_id)) == before
        life.pay("T9", 1, "2026-03-01")
        assert books_hash(life.store.state(life.portfolio_id)) != before

    def test_the_books_verify(self, life: PortfolioLife) -> None:
        """Chain, replay and laws find nothing to say."""
        a_busy_year(life)
        report = verify_books(life.store, life.store, life.portfolio_id)
        assert (report.differences, report.findings) == ((), ())
        assert report.ok
