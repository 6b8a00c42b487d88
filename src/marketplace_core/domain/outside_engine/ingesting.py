"""What an outside engine billed and was paid, as what is to be recorded in our books."""

from __future__ import annotations

from datetime import datetime

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.groups import groups_of
from marketplace_core.domain.outside_engine.ingest_papers import Papers, notes_gone, own_papers_due, voids_there
from marketplace_core.domain.outside_engine.ingest_payments import payments_there
from marketplace_core.domain.outside_engine.ingestion import Ingestion
from marketplace_core.domain.outside_engine.recording import facts_of
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting
from marketplace_core.domain.outside_engine.sight import look

__all__ = ["Ingestion", "facts_of", "ingest"]


def ingest(
    account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, recorded_at: datetime
) -> Ingestion:
    """What stands there and not here yet, and the deposit and late one-off charges, which stay ours; pure.

    Once it is recorded, and its links are given, nothing is left.
    """
    sight = look(account, theirs, links, setting)
    voids, note_ends = tuple(voids_there(sight)), tuple(notes_gone(sight))
    papers = Papers(sight, recorded_at, frozenset(it.invoice_id for it in voids))
    for group in groups_of(sight):
        papers.take(group)
    papers.finish()
    own = own_papers_due(sight, papers.invoices, recorded_at)
    payments = payments_there(sight)
    return Ingestion(
        (*papers.invoices, *own),
        tuple(papers.notes),
        voids,
        note_ends,
        tuple(papers.links),
        payments.reports,
        payments.reversals,
        payments.links,
    )
