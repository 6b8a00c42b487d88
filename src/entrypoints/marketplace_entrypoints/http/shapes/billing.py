"""The second books: what an admin sees of an outside billing engine."""

from __future__ import annotations

from datetime import date
from itertools import chain, islice
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, FullPass, PassStage
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.setting import LinkKind
from marketplace_core.ports.outside_engine.engine_links import EngineLink
from marketplace_core.services.outside_engine.known_differences import SHOWN_AT_ONCE
from marketplace_core.services.outside_engine.overview import Overview, PortfolioBilling
from marketplace_core.services.outside_engine.trace_payment import CreditTrace, InvoiceTrace, PaymentTrace
from marketplace_entrypoints.http.bounded import Identifier, Instant, PageSize
from marketplace_entrypoints.http.shapes.money import Money


@frozen
class DifferenceShape:
    """One thing on which both books differ; ``repair`` is what a repair would do. Without drift it is only told."""

    portfolio_id: str | None
    lease_id: str | None
    kind: DifferenceKind
    subject: str
    ours: Money | None
    theirs: Money | None
    is_drift: bool
    words: str
    repair: str

    @classmethod
    def of(cls, it: Difference) -> DifferenceShape:
        """The shape of a difference."""
        return cls(
            it.key.portfolio_id if it.key else None,
            it.key.lease_id if it.key else None,
            it.kind,
            it.subject,
            Money.of(it.ours) if it.ours else None,
            Money.of(it.theirs) if it.theirs else None,
            it.is_drift,
            it.words,
            it.repair,
        )


@frozen
class PassShape:
    """A full pass over both books; ended where ``ended_at`` is there, clean where it then found no differences."""

    pass_id: str
    begun_at: Instant
    ended_at: Instant | None
    stage: PassStage
    checked: int
    differences: int

    @classmethod
    def of(cls, it: FullPass) -> PassShape:
        """The shape of a pass."""
        return cls(it.pass_id, it.begun_at, it.ended_at, it.stage, it.checked, it.differences)


@frozen
class IntentShape:
    """A step there that is planned or sent, and not known to be done; ``last_words`` say why, as far as known."""

    marker: str
    portfolio_id: str
    lease_id: str
    kind: str
    words: str
    state: IntentState
    amount: Money | None
    attempts: int
    planned_at: Instant
    sent_at: Instant | None
    last_words: str

    @classmethod
    def of(cls, it: Intent) -> IntentShape:
        """The shape of an intent."""
        return cls(
            it.marker,
            it.key.portfolio_id,
            it.key.lease_id,
            it.kind,
            it.words,
            it.state,
            Money.of(it.amount) if it.amount else None,
            it.attempts,
            it.planned_at,
            it.sent_at,
            it.last_words,
        )


@frozen
class PortfolioBillingShape:
    """One portfolio in both books: ``synced`` of ``leases`` agree and did not change here since."""

    portfolio_id: str
    leases: int
    synced: int
    invoices: int
    invoiced: Money
    payments: int
    paid: Money
    net_ours: Money
    net_theirs: Money
    drift: int
    drift_total: Money

    @classmethod
    def of(cls, it: PortfolioBilling) -> PortfolioBillingShape:
        """The shape of a portfolio's billing."""
        return cls(
            it.portfolio_id,
            it.leases,
            it.synced,
            it.invoices,
            Money.of(it.invoiced),
            it.payments,
            Money.of(it.paid),
            Money.of(it.net_ours),
            Money.of(it.net_theirs),
            len(it.drift),
            Money.of(it.drift_total),
        )


@frozen
class BillingShape:
    """How billing is: by which engine, whether its books and ours are known to agree, and what differs.

    ``billing_sync_ok`` is null where the native engine bills: there are no second books. ``differences`` are the first
    1,000; each portfolio's ``drift`` counts all of its own.
    """

    engine: str
    at: Instant
    billing_sync_ok: bool | None
    verified_at: Instant | None
    reasons: tuple[str, ...]
    last_pass: PassShape | None
    portfolios: tuple[PortfolioBillingShape, ...]
    differences: tuple[DifferenceShape, ...]
    open_intents: tuple[IntentShape, ...]
    jobs_waiting: int
    jobs_dead: int
    queue_lag_seconds: int

    @classmethod
    def of(cls, engine: str, it: Overview) -> BillingShape:
        """The shape of what is known of an outside engine."""
        found = chain(*(portfolio.drift for portfolio in it.portfolios), it.unknown_accounts, it.told)
        return cls(
            engine,
            it.at,
            it.verdict.is_ok,
            it.verdict.verified_at,
            it.verdict.reasons,
            PassShape.of(it.last_pass) if it.last_pass else None,
            tuple(PortfolioBillingShape.of(one) for one in it.portfolios),
            tuple(DifferenceShape.of(one) for one in islice(found, SHOWN_AT_ONCE)),
            tuple(IntentShape.of(one) for one in it.open_intents),
            it.queue_waiting,
            it.queue_dead,
            int(it.queue_lag.total_seconds()),
        )


@frozen
class SyncBody:
    """Which lease to bring together now."""

    lease_id: Identifier


After = Annotated[str, Meta(max_length=200, description="The last external id of the page before.")]


@frozen
class LinkQuery:
    """Links of which kind, after which external id."""

    kind: LinkKind = LinkKind.INVOICE
    after: After = ""
    limit: PageSize = 100


@frozen
class LinkShape:
    """What the engine calls one of ours."""

    external_id: str
    our_id: str

    @classmethod
    def of(cls, it: EngineLink) -> LinkShape:
        """The shape of a link."""
        return cls(it.external_id, it.our_id)


@frozen
class LinkList:
    """Links by external id; ``next`` is what to give as ``after`` for the next ones, null at the end."""

    kind: LinkKind
    links: tuple[LinkShape, ...]
    next: str | None


@frozen
class CreditTraceShape:
    """One lease's part of a payment, in the engine's account whose external key is ``account``.

    It counts unless ``ended_on`` is there. There it is the payments whose external keys begin with ``payment_keys``,
    and the items whose descriptions hold one of ``given``, less those that hold one of ``ended``.
    """

    credit_id: str
    lease_id: str
    account: str
    amount: Money
    ended_on: date | None
    payment_keys: str
    given: tuple[str, ...]
    ended: tuple[str, ...]

    @classmethod
    def of(cls, it: CreditTrace) -> CreditTraceShape:
        """The shape of a part."""
        own = it.credit
        amount = Money.of(own.amount)
        return cls(
            own.credit_id, own.lease_id, str(it.account), amount, own.ended_on, it.payment_keys, it.given, it.ended
        )


@frozen
class PaymentTraceShape:
    """A payment as the engine knows it; ``made_there`` are the engine's own ids where it was made there."""

    payment_id: str
    amount: Money
    reversed_on: date | None
    made_there: tuple[str, ...]
    credits: tuple[CreditTraceShape, ...]

    @classmethod
    def of(cls, it: PaymentTrace) -> PaymentTraceShape:
        """The shape of a trace."""
        paid = it.payment
        parts = tuple(CreditTraceShape.of(one) for one in it.credits)
        return cls(paid.payment_id, Money.of(paid.amount), paid.reversed_on, it.made_there, parts)


@frozen
class InvoiceTraceShape:
    """An invoice in the engine's account whose external key is ``account``.

    There it is the invoices ``linked``, or the charges whose descriptions hold one of ``charged``.
    """

    invoice_id: str
    account: str
    total: Money
    linked: tuple[str, ...]
    charged: tuple[str, ...]

    @classmethod
    def of(cls, it: InvoiceTrace) -> InvoiceTraceShape:
        """The shape of a trace."""
        return cls(it.invoice.invoice_id, str(it.account), Money.of(it.invoice.amount), it.linked, it.charged)
