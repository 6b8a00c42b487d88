"""The billing dashboard's data: an outside engine's books beside ours."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import LeaseId, PaymentId
from marketplace_core.domain.jobs import JobRequest
from marketplace_core.domain.outside_engine.hints import sync_request
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.register import INVOICES, PAYMENTS
from marketplace_core.errors import RuleViolation
from marketplace_core.services.outside_engine.jobs import ENGINE_PASSES
from marketplace_entrypoints.http.operation import Answer, Call, Scope, operation
from marketplace_entrypoints.http.shapes.billing import (
    BillingShape,
    InvoiceTraceShape,
    LinkList,
    LinkQuery,
    LinkShape,
    PaymentTraceShape,
    SyncBody,
)
from marketplace_entrypoints.http.shapes.hooks import JobShape
from marketplace_entrypoints.work_services import work_of

if TYPE_CHECKING:
    from marketplace_entrypoints.composition_engine import EngineContainer


@operation("GET", "/api/admin/billing", Action.OPERATE, answers=BillingShape, scope=Scope.INSTALLATION)
def read_billing(call: Call[Any, Any]) -> Answer:
    """Both books: whether they are known to agree, what differs to the cent, what is on its way."""
    parts = call.parts
    if parts.books is not None:
        found = parts.books.overview()()
        return Answer(BillingShape.of(parts.settings.billing, found))
    counts = work_of(parts.store).counts(call.now)
    lag = int((call.now - counts.oldest_due).total_seconds()) if counts.oldest_due else 0
    nothing: tuple[Any, ...] = ()
    told = (None, None, ("the native engine bills: there are no second books",), None, nothing, nothing, nothing)
    return Answer(BillingShape(parts.settings.billing, call.now, *told, counts.waiting, counts.dead, lag))


@operation(
    "POST",
    "/api/admin/billing/sync",
    Action.OPERATE,
    answers=JobShape,
    body=SyncBody,
    refuses=(HTTPStatus.CONFLICT,),
)
def sync_lease_now(call: Call[Any, SyncBody]) -> Answer:
    """Have a lease's two books brought together by a job; one that waits stands."""
    _books(call)
    call.reach.require_whole()
    lease = call.parts.ports.lease(call.portfolio_id, LeaseId(call.body.lease_id))
    work = work_of(call.parts.store)
    job_id = work.enqueue(sync_request(AccountKey(lease.portfolio_id, lease.lease_id), call.now))
    return Answer(JobShape.of(work.job(job_id)))


@operation(
    "POST",
    "/api/admin/billing/passes",
    Action.OPERATE,
    answers=JobShape,
    scope=Scope.INSTALLATION,
    refuses=(HTTPStatus.CONFLICT,),
)
def begin_full_pass(call: Call[Any, Any]) -> Answer:
    """Have both books compared whole by a job; one that waits stands."""
    _books(call)
    work = work_of(call.parts.store)
    job_id = work.enqueue(JobRequest(ENGINE_PASSES, ENGINE_PASSES, call.now))
    return Answer(JobShape.of(work.job(job_id)))


@operation("GET", "/api/admin/billing/links", Action.OPERATE, answers=LinkList, query=LinkQuery)
def list_engine_links(call: Call[LinkQuery, Any]) -> Answer:
    """What the billing engine calls a portfolio's invoices and payments."""
    call.reach.require_whole()
    query, system = call.query, call.parts.settings.billing
    found = call.parts.ports.links_of(call.portfolio_id, system, query.kind.value, query.after, query.limit)
    following = found[-1].external_id if len(found) == query.limit else None
    return Answer(LinkList(query.kind, tuple(LinkShape.of(it) for it in found), following))


@operation(
    "GET",
    "/api/admin/billing/invoices/{invoice_id}",
    Action.OPERATE,
    answers=InvoiceTraceShape,
    refuses=(HTTPStatus.CONFLICT,),
)
def trace_invoice(call: Call[Any, Any]) -> Answer:
    """By what an invoice is known in the billing engine: its ids there, or markers of charges."""
    call.reach.require_whole()
    call.parts.ports.one(call.reach, INVOICES, call.path["invoice_id"])
    trace = _books(call).trace_invoice()
    return Answer(InvoiceTraceShape.of(trace(call.reach, call.portfolio_id, call.path["invoice_id"])))


@operation(
    "GET",
    "/api/admin/billing/payments/{payment_id}",
    Action.OPERATE,
    answers=PaymentTraceShape,
    refuses=(HTTPStatus.CONFLICT,),
)
def trace_payment(call: Call[Any, Any]) -> Answer:
    """By what a payment received here is known in the billing engine: accounts, keys, markers."""
    call.reach.require_whole()
    call.parts.ports.one(call.reach, PAYMENTS, call.path["payment_id"])
    trace = _books(call).trace_payment()
    return Answer(PaymentTraceShape.of(trace(call.portfolio_id, PaymentId(call.path["payment_id"]))))


def _books(call: Call[Any, Any]) -> EngineContainer:
    if call.parts.books is None:
        raise RuleViolation("the native engine bills: there are no second books to bring together")
    return call.parts.books
