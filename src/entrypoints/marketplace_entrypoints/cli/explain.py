"""Say why a payment went where it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation import certificate_to_plain, kept_certificate
from marketplace_core.domain.reconciliation import explain as in_words
from marketplace_core.domain.standing import PaymentStanding
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.finding import find_payment
from marketplace_entrypoints.cli.output import Table
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import Labels, Session, opened


def explain(payment: str, *, where: Where = HERE) -> int:
    """Say why a payment went where it went: by transaction id, payment id or match id."""
    with opened(where) as here:
        standing = find_payment(here, payment)
        found = standing.payment
        labels = here.labels()
        matches = here.ports.matches_of(here.portfolio_id, found.payment_id)
        proposals = [it for it in here.ports.proposals(here.portfolio_id) if it.payment_id == found.payment_id]
        names = _names(here, standing, labels, _concerned(matches, proposals))
        unapplied = Money(standing.unapplied_minor, found.amount.currency)
        parts: list[str | Table] = [
            f"{found.transaction_id}: {found.amount} on {found.value_date}, from {found.payer.name or '?'}",
            f"reference {found.reference_text!r}; {unapplied} given to no lease",
        ]
        if found.reversed_on is not None:
            parts.append(f"taken back by the provider on {found.reversed_on}: it pays nothing since")
        told: plain.Plain = {
            "payment": found.payment_id,
            "transaction": found.transaction_id,
            "amount": plain.money(found.amount),
            "on": plain.day(found.value_date),
            "unapplied": plain.money(unapplied),
            "reversed_on": plain.day(found.reversed_on),
            "matches": [],
            "proposal": None,
        }
        for match in matches:
            words = _match_words(match, labels, names)
            parts.extend(words)
            certificate = kept_certificate(match.certificate, match.certificate_digest)
            one: plain.Plain = {
                "match": match.match_id,
                "decided_by": match.decided_by,
                "undone_at": plain.instant(match.undone_at),
                "slices": [
                    {"lease": it.lease_id, "unit": labels.unit(it.lease_id), "amount": plain.money(it.amount)}
                    for it in match.slices
                ],
                "words": words,
                "certificate": certificate_to_plain(certificate) if certificate else None,
            }
            told["matches"].append(one)
        for proposal in proposals:
            certificate = kept_certificate(proposal.certificate, proposal.certificate_digest)
            words = in_words(certificate, names) if certificate else []
            parts.extend([f"Waits for a person ({proposal.outcome}):", *words])
            told["proposal"] = {
                "outcome": proposal.outcome,
                "words": words,
                "certificate": certificate_to_plain(certificate) if certificate else None,
            }
        return here.answer(told, *parts)


def _match_words(match: Match, labels: Labels, names: Mapping[str, str]) -> list[str]:
    goes = ", ".join(f"{it.amount} to {labels.unit(it.lease_id)} ({it.lease_id})" for it in match.slices)
    undone = f", undone by {match.undone_by}: {match.undone_reason}" if match.undone_at else ""
    certificate = kept_certificate(match.certificate, match.certificate_digest)
    return [
        f"Match {match.match_id}, by {match.decided_by}: {goes}{undone}",
        *(in_words(certificate, names) if certificate else []),
    ]


def _names(here: Session, standing: PaymentStanding, labels: Labels, concerned: Iterable[LeaseId]) -> dict[str, str]:
    """What people call the payment, the leases and the invoices."""
    names: dict[str, str] = {standing.payment.payment_id: standing.payment.transaction_id}
    for lease_id in labels.leases:
        unit, reference = labels.unit(lease_id), labels.reference(lease_id)
        names[lease_id] = f"of {unit} ({reference})" if unit and reference else f"of {unit}" if unit else lease_id
    for lease_id in sorted(concerned):
        account = here.ports.account(here.portfolio_id, lease_id)
        names.update((invoice.invoice_id, invoice.number) for invoice in account.invoices)
    return names


def _concerned(matches: Sequence[Match], proposals: Sequence[Proposal]) -> set[LeaseId]:
    """The leases of which a certificate may name invoices."""
    found = {part.lease_id for match in matches for part in match.slices}
    kept = [(it.certificate, it.certificate_digest) for it in matches]
    kept += [(it.certificate, it.certificate_digest) for it in proposals]
    for text, digest in kept:
        certificate = kept_certificate(text, digest)
        for side in certificate.sides if certificate else ():
            found.update(part.lease_id for part in side.slices)
            found.update(piece.lease_id for piece in side.evidence)
    return found
