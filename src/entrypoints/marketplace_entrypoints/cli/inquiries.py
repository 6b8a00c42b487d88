"""Who asks about listings."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Reach
from marketplace_core.domain.listings.inquiries import InquiryStatus
from marketplace_core.domain.paging import Filter, Operator, PageAsk, Sort
from marketplace_core.domain.register import INQUIRIES
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import opened
from marketplace_entrypoints.listing_words import plain_inquiry
from marketplace_entrypoints.our_listings import our_listings
from marketplace_entrypoints.register_pages import everything

app = group("inquiries", "Who asks about listings; tell landlords of it.")


@app.default
@app.command(name="list")
def list_inquiries(
    *,
    status: Annotated[InquiryStatus | None, Parameter(help="Only those that stand so.")] = None,
    listing: Annotated[str, Parameter(help="Only those about this listing: its id.")] = "",
    where: Where = HERE,
) -> int:
    """Inquiries, the newest first."""
    with opened(where) as here:
        filters = [Filter("status", Operator.EQUAL, status)] if status else []
        filters += [Filter("listing_id", Operator.EQUAL, listing)] if listing else []
        ask = PageAsk(500, sort=Sort("asked_on", descending=True), filters=tuple(filters))
        found = list(everything(here.ports.page, Reach(here.portfolio_id, is_whole=True), INQUIRIES, ask))
        rows = [
            (
                f"{it.inquiry.last_asked_at:%Y-%m-%d %H:%M}",
                it.unit_code,
                it.inquiry.status.value,
                it.inquiry.applicant.name,
                it.inquiry.applicant.phone or it.inquiry.applicant.email,
                next((one.text for one in reversed(it.inquiry.messages) if one.is_asker), ""),
                it.inquiry.system,
            )
            for it in found
        ]
        shown = table(("asked", "unit", "status", "who", "contact", "last message", "by"), rows)
        return here.answer({"inquiries": [plain_inquiry(it.inquiry) for it in found]}, shown)


@app.command(name="tell")
def tell(*, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Send landlords what they were not told of yet; the worker does so by itself."""
    with opened(where) as here:
        if act.dry_run:
            waiting = len(here.ports.untold_inquiries(here.portfolio_id, 1_000))
            return here.answer({"waiting": waiting, "dry_run": True}, f"{waiting} inquiries would be told")
        counts = our_listings(here.store, here.container).services.tell_landlords()(here.command("inquiry.tell", act))
        words = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nobody had to be told"
        return here.answer({"counts": dict(counts), "dry_run": False}, words)
