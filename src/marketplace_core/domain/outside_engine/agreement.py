"""Whether both books agree: differences to the cent, faults, passes, and the one verdict over them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import AccountKey


class DifferenceKind(StrEnum):
    """What does not agree. ``PAID_OTHERWISE`` and ``ENDED_LATER`` are told and are no drift: the money agrees."""

    NO_ACCOUNT = "no_account"
    BALANCE = "balance"
    INVOICE_MISSING_HERE = "invoice_missing_here"
    INVOICE_MISSING_THERE = "invoice_missing_there"
    INVOICE_AMOUNT = "invoice_amount"
    INVOICE_VOID = "invoice_void"
    PAYMENT_MISSING_HERE = "payment_missing_here"
    PAYMENT_MISSING_THERE = "payment_missing_there"
    PAYMENT_AMOUNT = "payment_amount"
    PAYMENT_UNSETTLED = "payment_unsettled"
    CREDIT_MISSING_THERE = "credit_missing_there"
    UNKNOWN_THERE = "unknown_there"
    DUPLICATE_THERE = "duplicate_there"
    TERMS = "terms"
    CASH = "cash"
    PAID_OTHERWISE = "paid_otherwise"
    ENDED_LATER = "ended_later"
    UNKNOWN_ACCOUNT = "unknown_account"


@frozen
class Difference:
    """One thing on which the books differ: ``ours`` and ``theirs`` to the cent, ``subject`` an id of ours or theirs.

    ``key`` is None for an account there that is no lease of ours. ``repair`` says what a repair would do.
    """

    key: AccountKey | None
    kind: DifferenceKind
    subject: str
    ours: Money | None
    theirs: Money | None
    words: str
    repair: str = ""

    @property
    def is_drift(self) -> bool:
        """False for what is only told."""
        return self.kind not in (DifferenceKind.PAID_OTHERWISE, DifferenceKind.ENDED_LATER)


class PassStage(StrEnum):
    """How far a full pass is."""

    ACCOUNTS = "accounts"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    LEASES = "leases"
    DONE = "done"


@frozen
class FullPass:
    """One reading of everything there against everything here; ``cursor`` is where it goes on after a crash."""

    pass_id: str
    begun_at: datetime
    stage: PassStage = PassStage.ACCOUNTS
    cursor: str = ""
    checked: int = 0
    differences: int = 0
    ended_at: datetime | None = None

    @property
    def is_clean(self) -> bool:
        """True where it came to its end and found no drift."""
        return self.ended_at is not None and self.differences == 0


@frozen
class Fault:
    """Something known to be wrong, from ``since`` on until it is cleared: ``subject`` tells faults of a kind apart."""

    kind: str
    subject: str
    since: datetime
    words: str


@frozen
class Standing:
    """What the verdict rests on; ``oldest_open`` is when the oldest intent that is not settled was planned.

    ``watched_at`` is when somebody last looked for faults: where nobody looks, none is known.
    """

    last_pass: FullPass | None
    last_clean: FullPass | None
    faults: tuple[Fault, ...]
    drift: int
    oldest_open: datetime | None
    watched_at: datetime | None = None


@frozen
class Verdict:
    """Whether the second books can be trusted, since when, and where not, why not."""

    is_ok: bool
    verified_at: datetime | None
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Every reason in one line, empty where it is well."""
        return "; ".join(self.reasons)


def verdict(standing: Standing, now: datetime, oldest: timedelta, patience: timedelta, silence: timedelta) -> Verdict:
    """True only after a clean full pass that began at most ``oldest`` ago, with no fault, drift or stuck intent since.

    ``patience``: how long an intent may be open; ``silence``: how long nobody may have looked for faults. The instant
    verified is when the clean pass began: what was changed there later may not have been seen.
    """
    reasons: list[str] = []
    clean, last = standing.last_clean, standing.last_pass
    if clean is None:
        reasons.append("no full pass has found both books equal yet")
    elif now - clean.begun_at > oldest:
        reasons.append(f"the last clean pass began at {clean.begun_at.isoformat()}, longer ago than {oldest}")
    if last is not None and last.ended_at is not None and not last.is_clean:
        reasons.append(f"the last full pass found {last.differences} differences")
    if standing.drift:
        reasons.append(f"{standing.drift} differences stand")
    reasons.extend(f"{it.words} (since {it.since.isoformat()})" for it in standing.faults)
    if standing.oldest_open is not None and now - standing.oldest_open > patience:
        reasons.append(f"something sent at {standing.oldest_open.isoformat()} is still not known to be done")
    if standing.watched_at is None or now - standing.watched_at > silence:
        since = f"since {standing.watched_at.isoformat()}" if standing.watched_at else "yet"
        reasons.append(f"nobody has looked for faults {since}: is a worker running?")
    return Verdict(not reasons, clean.begun_at if clean else None, tuple(reasons))
