"""Money that was received in the engine, as reports of payments here."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.feed import ReversalReport
from marketplace_core.domain.outside_engine.records import TheirPayment, TheirPaymentState
from marketplace_core.domain.outside_engine.setting import Link, LinkKind
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.domain.payment import PaymentReport, ReportSource


@frozen
class PaymentsThere:
    """What to tell the payment inbox, and how their payments are linked once it knows them."""

    reports: tuple[PaymentReport, ...]
    reversals: tuple[ReversalReport, ...]
    links: tuple[Link, ...]


def payments_there(sight: Sight) -> PaymentsThere:
    """Each payment made there once, and its reversal once all of it went back; what is not settled waits."""
    reports: list[PaymentReport] = []
    reversals: list[ReversalReport] = []
    links: list[Link] = []
    for payment in sorted(sight.made_there, key=lambda it: (it.paid_at, it.payment_id)):
        if payment.state is not TheirPaymentState.SETTLED or not payment.paid.is_positive:
            continue
        back = f"{payment.payment_id}/back"
        is_known = payment.payment_id in sight.links.payments
        if not is_known and payment.kept.is_positive:
            report = _report(sight, payment)
            reports.append(report)
            links.append(Link(LinkKind.PAYMENT, payment.payment_id, report.payment_id))
        elif is_known and not payment.kept and back not in sight.links.payments:
            reversals.append(_reversal(sight, payment))
            links.append(Link(LinkKind.PAYMENT, back, sight.links.payments[payment.payment_id]))
    return PaymentsThere(tuple(reports), tuple(reversals), tuple(links))


def _report(sight: Sight, payment: TheirPayment) -> PaymentReport:
    setting = sight.setting
    return PaymentReport(
        setting.collection_account_id,
        payment.payment_id,
        ReportSource.BILLING,
        payment.paid,
        payment.paid_at,
        day_in_zone(payment.paid_at, setting.zone),
        sight.account.lease.reference,
        place=f"payment {payment.key or payment.payment_id} in the billing engine"[:120],
    )


def _reversal(sight: Sight, payment: TheirPayment) -> ReversalReport:
    setting = sight.setting
    paid_on = day_in_zone(payment.paid_at, setting.zone)
    return ReversalReport(
        setting.collection_account_id,
        f"{payment.payment_id}:back",
        payment.payment_id,
        payment.paid,
        payment.paid_at,
        max(setting.today, paid_on),
        f"payment {payment.key or payment.payment_id} in the billing engine"[:120],
    )
