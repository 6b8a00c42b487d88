"""Payment hooks: kept at once, read by a job, answered as the provider expects."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.hooks import (
    MOST_BYTES,
    PARTNERS,
    Hook,
    HookId,
    HookRoute,
    HookState,
    hook_job,
    kept_headers,
    token_digest,
)
from marketplace_core.domain.identifiers import CommandId, derive_id
from marketplace_core.domain.jobs import Job, JobId, JobRequest, failure_of, is_lasting
from marketplace_core.domain.payment import CollectionAccount
from marketplace_core.domain.reconciliation.exact import named_reference
from marketplace_core.errors import InvalidInput, MarketplaceError, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.exact_references import ExactReferences
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.payment_hooks import PaymentHooks
from marketplace_core.ports.shared_inbox import SharedInbox
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.run_jobs import Told

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
"""What M-Pesa is answered to a confirmation that was kept, and to a validation request that is let pass."""
REJECTED = {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
"""What it is answered where the account number that the payer gave is not to be paid to."""


class ValidationRule(StrEnum):
    """What is let pass before the money is taken."""

    ACCEPT = "accept"
    KNOWN_REFERENCES = "known-references"


@frozen
class KeepHook:
    """Takes what a partner posts: kept with its job in one transaction, read by nobody yet."""

    inbox: HookInbox
    clock: Clock

    def __call__(self, token: str, hook_id: HookId, body: bytes, headers: Mapping[str, str]) -> HookRoute:
        """Keep the body to the byte, whatever is in it; ``NotFound`` where the token is not one that lives.

        ``hook_id`` is the caller's, new for each request. Then answer ``ACCEPTED``: what is kept is not lost.
        """
        if len(body) > MOST_BYTES:
            raise InvalidInput(f"a hook of {len(body)} bytes: at most {MOST_BYTES} are taken")
        return self.inbox.keep(_digest(token), hook_id, body, kept_headers(headers), self.clock.now())


@frozen
class AnswerValidation:
    """Says whether a payment may be made; writes nothing."""

    inbox: HookInbox
    readers: Mapping[str, PaymentHooks]
    shared: SharedInbox
    references: ExactReferences
    rule: ValidationRule = ValidationRule.ACCEPT

    def __call__(self, token: str, body: bytes) -> Mapping[str, object]:
        """The answer in the provider's words; ``NotFound`` where the token is not one that lives.

        A body that cannot be read is let pass: the confirmation will say what was paid, and is kept.
        """
        route = self.inbox.route_of(_digest(token))
        _, account = route.home()
        if self.rule is ValidationRule.ACCEPT:
            return ACCEPTED
        try:
            told = self.readers[route.partner].question(body)
        except InvalidInput:
            return ACCEPTED
        reference = named_reference(told.reference_text)
        sharers = self.shared.sharers(account)
        known = reference and any(self.references.leases_named(it, [reference]) for it in sharers)
        return ACCEPTED if known else REJECTED


@frozen
class ReceivePaymentHook:
    """The job of a payment hook: the payment goes into the inbox of payments as a statement's would.

    Repeats are harmless: the provider's transaction id is the key. ``reconcile`` asks for a reconciliation afterwards.
    """

    inbox: HookInbox
    jobs: Jobs
    directory: Directory
    import_payments: ImportPayments
    readers: Mapping[str, PaymentHooks]
    clock: Clock
    actor: str
    reconcile: bool = field(default=True, kw_only=True)

    def __call__(self, job: Job) -> Told:
        """What came of it; what cannot be used is refused with its reason, and the error goes on to the job."""
        hook_id = HookId(job.request.arguments.get("hook", ""))
        hook, route = self.inbox.hook(hook_id)
        try:
            told = self._receive(hook, route)
        except MarketplaceError as problem:
            if is_lasting(problem):
                self.inbox.settle(hook_id, HookState.REFUSED, failure_of(problem).words, self.clock.now())
            raise
        return {"hook": hook_id, **told}

    def replay(self, hook_id: HookId) -> JobId:
        """Have a kept hook read again."""
        hook, route = self.inbox.hook(hook_id)
        return self.jobs.enqueue(hook_job(hook.hook_id, route, hook.received_at))

    def _receive(self, hook: Hook, route: HookRoute) -> Told:
        portfolio_id, _ = route.home()
        account = self._account(route)
        report = self.readers[route.partner].report(hook.body, account)
        kind = PARTNERS[route.partner]
        command = Command(
            CommandId(derive_id("cmd", kind, hook.hook_id)),
            portfolio_id,
            "payments.import",
            self.actor,
            self.clock.now(),
            f"hook {hook.hook_id}",
        )
        outcome = self.import_payments(command, lambda: [report], account.currency).outcome
        against = "; ".join(it.reason for it in outcome.contradictions)
        reason = f"contradicts what is known: {against}"[:500] if against else report.transaction_id
        state = HookState.REFUSED if against else HookState.PROCESSED
        self.inbox.settle(hook.hook_id, state, reason, self.clock.now())
        if self.reconcile:
            key = f"reconcile/{portfolio_id}"
            self.jobs.enqueue(JobRequest("reconcile", key, self.clock.now(), portfolio_id))
        return {
            "transaction": report.transaction_id,
            "received": outcome.received,
            "repeated": outcome.repeated + outcome.told_again,
            "held": outcome.held,
            "contradictions": len(outcome.contradictions),
        }

    def _account(self, route: HookRoute) -> CollectionAccount:
        portfolio_id, account_id = route.home()
        for account in self.directory.collection_accounts(portfolio_id):
            if account.collection_account_id == account_id:
                return account
        raise NotFound(f"portfolio {portfolio_id} collects no more in {account_id}")


def _digest(token: str) -> str:
    digest = token_digest(token)
    if not digest:
        raise NotFound("nothing is let in by this address")
    return digest
