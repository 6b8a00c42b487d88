"""Every certificate is checked again on the books of its day, so that one altered consistently is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import repeat
from typing import Any

import pytest
from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.codec import canonical, unseal
from marketplace_core.domain.event_log import GENESIS, Event, command_of, link, opened, sealed_payload
from marketplace_core.domain.facts import Fact, MatchApplied, MatchProposed
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Certificate,
    Decision,
    PureMatcher,
    ReconciliationInput,
    certificate_digest,
    certificate_from_plain,
    certificate_to_plain,
)
from marketplace_core.domain.state import StateRow
from marketplace_core.ports.matcher import Matcher
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.reconcile import ReconcilePayments, ReconciliationOutcome
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.replay import replay
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.laws import check_laws
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws

P1 = PortfolioId("p1")
Alter = Callable[[Certificate], Certificate]


class Forged(MemoryBooks):
    """Books whose log was written anew with altered certificates: rows, digests and every later link agree with it."""

    def __init__(self, store: MemoryBooks, alter: Alter) -> None:
        super().__init__()
        self._links: list[Event] = []
        self._parts: dict[int, dict[int, dict[str, Any]]] = {}
        previous = GENESIS
        for event in store.events(P1):
            publics = json.loads(event.payload)
            parts = store.personal(P1, event.sequence)
            sealed = opened(publics, [parts.get(place) for place in range(len(publics))])
            payload, personals = sealed_payload([_forged(unseal(one), alter) for one in sealed], repeat("ab" * 16))
            forged = link(previous, event.sequence, command_of(event), payload)
            previous = forged.hash
            self._links.append(forged)
            self._parts[event.sequence] = {place: it for place, it in enumerate(personals) if it is not None}
        self._rows = replay(self, P1).books

    @override
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        return iter(self._links[after_sequence:])

    @override
    def personal(self, portfolio_id: PortfolioId, sequence: int) -> dict[int, dict[str, Any]]:
        return self._parts[sequence]

    @override
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        return self._rows.state(portfolio_id)

    @override
    def evidence_state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        return self._rows.evidence_state(portfolio_id)

    @override
    def matches(self, portfolio_id: PortfolioId) -> Iterator[Match]:
        return self._rows.matches(portfolio_id)


def _forged(fact: Fact, alter: Alter) -> Fact:
    if isinstance(fact, MatchApplied) and fact.match.certificate:
        text, said = _written(fact.match.certificate, alter)
        return MatchApplied(evolve(fact.match, certificate=text, certificate_digest=said))
    if isinstance(fact, MatchProposed) and fact.proposal.certificate:
        text, said = _written(fact.proposal.certificate, alter)
        return MatchProposed(evolve(fact.proposal, certificate=text, certificate_digest=said))
    return fact


def _written(text: str, alter: Alter) -> tuple[str, str]:
    altered = alter(certificate_from_plain(json.loads(text)))
    return canonical(certificate_to_plain(altered)), certificate_digest(altered)


def _reconcile(life: PortfolioLife, matcher: Matcher | None = None) -> ReconciliationOutcome:
    view = ReconciliationView(life.store, life.store, life.store, life.store)
    use_case = ReconcilePayments(life.store, life.store, matcher or PureMatcher(), view)
    return use_case(life.command("reconcile"), date(2026, 1, 20), DEFAULT_RULES)


def _paid(transaction: str, amount: int, life: PortfolioLife, text: str = "A1", name: str = "Tenant 1") -> None:
    report = life.report(transaction, amount, "2026-01-05")
    life.receive(evolve(report, reference_text=text, payer=Payer(name, "254700000001")))


@pytest.fixture
def life() -> PortfolioLife:
    """Two leases billed; a payment that is proven, one that is proposed and one that nothing explains."""
    life = PortfolioLife(MemoryBooks()).opened()
    life.let(1)
    life.let(2)
    life.bill("2026-01")
    _paid("T1", 15_000, life)
    _paid("T2", 4_000, life, text="A2")
    _paid("T3", 123, life, text="hello", name="Somebody")
    found = _reconcile(life)
    assert (len(found.applied) > 0, len(found.proposed) > 0) == (True, True)
    return life


def _with_side(change: Callable[[Any], Any]) -> Alter:
    return lambda it: evolve(it, sides=tuple(change(side) for side in it.sides))


ALTERED: dict[str, Alter] = {
    "another rule set's confidence": _with_side(
        lambda it: evolve(it, confidence_basis_points=it.confidence_basis_points - 1)
    ),
    "evidence left out": _with_side(lambda it: evolve(it, evidence=it.evidence[1:])),
    "sums that do not sum": _with_side(
        lambda it: evolve(it, arithmetic=evolve(it.arithmetic, credit_left=it.arithmetic.taken))
    ),
    "another day": lambda it: evolve(it, as_of=date(2025, 12, 1)),
    "other books": lambda it: evolve(it, input_hash="0" * len(it.input_hash)),
    "a rival more": lambda it: evolve(it, rivals_beyond=it.rivals_beyond + 1),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_certificate_is_found_though_rows_log_and_chain_agree(life: PortfolioLife, name: str) -> None:
    """A certificate altered with its digest, its rows and all links after it made anew is named by `verify`."""
    assert isinstance(life.store, MemoryBooks)
    assert verify_books(Forged(life.store, lambda it: it), Forged(life.store, lambda it: it), P1).ok
    forged = Forged(life.store, ALTERED[name])
    report = verify_books(forged, forged, P1)
    assert not report.differences
    assert {it.check for it in report.findings} == {"certificates hold"}
    assert {it.subject.split()[0] for it in report.findings} >= {"proposal"}


def test_certificates_of_several_passes_and_days_hold(life: PortfolioLife) -> None:
    """Later payments, matches and undone ones do not make an earlier certificate fail; all were looked at."""
    for match in list(life.store.matches(P1)):
        life.undo(match.match_id)
    life.bill("2026-02")
    _paid("T4", 30_000, life)
    _reconcile(life)
    _reconcile(life)
    report = verify_books(life.store, life.store, P1)
    assert (report.ok, report.rules_unknown) == (True, 0)
    assert report.certificates == sum(1 for it in life.store.matches(P1) if it.certificate)
    check_laws(life.store, P1)


def test_a_write_between_view_and_link_is_no_fault(life: PortfolioLife) -> None:
    """An import and a bill written while a reconcile decides do not make its certificates fail."""

    class Interrupted(Matcher):
        @override
        def decide(self, given: ReconciliationInput) -> Sequence[Decision]:
            found = list(PureMatcher().decide(given))
            if any(it.slices for it in found):
                life.bill("2026-02")
                _paid("T9", 77, life, text="late")
            return found

    life.bill("2025-12")
    _paid("T8", 15_000, life)
    assert _reconcile(life, Interrupted()).applied
    assert verify_books(life.store, life.store, P1).findings == ()


def test_certificates_by_other_rules_are_counted(life: PortfolioLife) -> None:
    """Where the rule set is not given, its certificates are counted as such; where it is, they are checked."""
    assert verify_books(life.store, life.store, P1, rules=[]).rules_unknown > 0
    assert verify_books(life.store, life.store, P1, rules=[DEFAULT_RULES]).rules_unknown == 0


def test_erasing_a_person_leaves_the_other_certificates_whole(life: PortfolioLife) -> None:
    """After an erasure the erased certificates are not checked and the others still hold."""
    ErasePerson(life.store)(life.command(reason="they asked"), next(iter(life.store.people(P1))))
    report = verify_books(life.store, life.store, P1)
    assert report.findings == ()
    assert report.evidence_erased > 0


def test_two_payments_of_one_lease_are_matched_in_one_pass() -> None:
    """The second takes over part of what the first paid, by the order of transactions; both are written."""
    life = PortfolioLife(MemoryBooks()).opened()
    life.let(1)
    for month in ("2026-01", "2026-02"):
        life.bill(month)
    for number in range(1, 7):
        _paid(f"T{number}", 3_000 + number, life)
    assert len(_reconcile(life).applied) == 6
    check_laws(life.store, P1)
