"""Look at every payment in an outside engine: what was made there comes here, what is unsettled is named."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.outside_engine.hints import sync_request
from marketplace_core.domain.outside_engine.markers import credit_of_payment_key
from marketplace_core.domain.outside_engine.records import AccountKey, TheirPayment, TheirPaymentState
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_engine.engine_reading import EngineReading


@frozen
class TheirPaymentsSeen:
    """How many payments were seen, and of them ours and those made there; ``unsettled`` and ``strange`` are named.

    ``next_offset`` is where to go on, None at the end.
    """

    seen: int
    ours: int
    made_there: int
    unsettled: tuple[TheirPayment, ...]
    strange: tuple[TheirPayment, ...]
    next_offset: int | None


@frozen
class ReconcileTheirPayments:
    """Asks for a look at each lease with a payment there that we did not record as it stands; records nothing itself.

    A payment whose account is no lease of ours is strange: a person decides.
    """

    reading: EngineReading
    accounts: LeaseAccounts
    jobs: Jobs
    clock: Clock
    page: int = 100

    def __call__(self, offset: int = 0, pages: int = 100) -> TheirPaymentsSeen:
        """So many pages from an offset on."""
        seen = ours = there = 0
        unsettled: list[TheirPayment] = []
        strange: list[TheirPayment] = []
        at: int | None = offset
        for _ in range(pages):
            if at is None:
                break
            page = self.reading.payment_page(at, self.page)
            for it in page.rows:
                is_ours = credit_of_payment_key(it.key) is not None
                seen, ours, there = seen + 1, ours + is_ours, there + (not is_ours)
                if it.state is TheirPaymentState.UNSETTLED:
                    unsettled.append(it)
                if not (is_ours and _is_plain(it)) and not self._ask(it):
                    strange.append(it)
            at = page.next_offset
        return TheirPaymentsSeen(seen, ours, there, tuple(unsettled), tuple(strange), at)

    def _ask(self, payment: TheirPayment) -> bool:
        """Ask for a look at its lease; False where it is of none of ours."""
        try:
            key = AccountKey.parse(self.reading.account_key_of(payment.account_id))
            self.accounts.lease(key.portfolio_id, key.lease_id)
        except (InvalidInput, NotFound):
            return False
        self.jobs.enqueue(sync_request(key, self.clock.now()))
        return True


def _is_plain(payment: TheirPayment) -> bool:
    return payment.state is TheirPaymentState.SETTLED and payment.kept == payment.paid
