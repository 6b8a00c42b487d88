"""Match waiting payments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.identifiers import PaymentId
from marketplace_core.domain.money import Money, total
from marketplace_core.domain.reconciliation import Certificate, Decision
from marketplace_core.services.reconcile import ReconciliationOutcome
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Day, Where
from marketplace_entrypoints.cli.session import Labels, Session, opened
from marketplace_entrypoints.words import why


def reconcile(
    *,
    as_of: Annotated[Day | None, Parameter(help="Day as of which invoices are open (default: today).")] = None,
    rules: Annotated[Path | None, Parameter(help="Rules in TOML (default: those of the settings).")] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Apply what the rules prove, each certificate checked again before it is; queue the rest for a person."""
    from marketplace_entrypoints.composition import rules_of

    with opened(where) as here, here.output.progress("Matching") as progress:
        day = as_of or here.today
        outcome = here.container.reconcile()(
            here.command("reconcile", act),
            day,
            rules_of(here.settings, rules),
            dry_run=act.dry_run,
            progress=progress,
        )
        labels = here.labels()
        told: plain.Plain = {"as_of": plain.day(day), "dry_run": act.dry_run}
        parts: list[str | Table] = []
        for name, decisions in _groups(outcome):
            amount = total((outcome.amount_of(it.payment_id) for it in decisions), here.portfolio.currency)
            told[name] = [plain_decision(it, outcome.amount_of(it.payment_id), labels, here) for it in decisions]
            told[f"{name}_total"] = plain.money(amount)
            parts.append(f"{name}: {len(decisions)} payments, {amount}")
            if decisions:
                parts.append(decision_table(here, decisions, outcome, labels))
        told["stale"] = list(outcome.stale)
        if outcome.stale:
            parts.append(f"changed meanwhile, reconcile again: {', '.join(outcome.stale)}")
        if act.dry_run:
            parts.append("Dry run: nothing was written.")
        return here.answer(told, *parts, code=Exit.PARTLY if outcome.stale else Exit.DONE)


def _groups(outcome: ReconciliationOutcome) -> tuple[tuple[str, tuple[Decision, ...]], ...]:
    return (("applied", outcome.applied), ("proposed", outcome.proposed), ("unmatched", outcome.unmatched))


def plain_decision(decision: Decision, amount: Money, labels: Labels, here: Session) -> plain.Plain:
    """A decision for machines: to whom, by which rule, and why."""
    certificate = decision.certificate
    payment = here.ports.payment(here.portfolio_id, decision.payment_id).payment
    return {
        "payment": decision.payment_id,
        "transaction": payment.transaction_id,
        "amount": plain.money(amount),
        "outcome": certificate.outcome.value,
        "rule": certificate.sides[0].rule.name if certificate.sides else None,
        "reason": why(certificate),
        "sides": plain_sides(certificate, labels),
    }


def plain_sides(certificate: Certificate, labels: Labels) -> list[list[plain.Plain]]:
    """Each answer to whose money it is: leases and amounts."""
    return [
        [
            {"lease": part.lease_id, "unit": labels.unit(part.lease_id), "amount": plain.money(part.amount)}
            for part in side.slices
        ]
        for side in certificate.sides
    ]


def decision_table(
    here: Session, decisions: Sequence[Decision], outcome: ReconciliationOutcome, labels: Labels
) -> Table:
    """Decisions for people."""
    return table(
        ("transaction", "amount", "to", "reason"),
        (
            (
                _transaction(here, it.payment_id),
                outcome.amount_of(it.payment_id),
                goes_to(it.certificate, labels),
                why(it.certificate),
            )
            for it in decisions
        ),
    )


def goes_to(certificate: Certificate, labels: Labels) -> str:
    """Units, with a bar between rival answers."""
    sides = (
        " + ".join(labels.unit(part.lease_id) or part.lease_id for part in side.slices) for side in certificate.sides
    )
    return " | ".join(side for side in sides if side) or "?"


def _transaction(here: Session, payment_id: PaymentId) -> str:
    return here.ports.payment(here.portfolio_id, payment_id).payment.transaction_id
