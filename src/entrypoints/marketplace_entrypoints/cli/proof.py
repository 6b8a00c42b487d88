"""Prove the books: against themselves, and against their log."""

from __future__ import annotations

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.reconciliation import DEFAULT_RULES
from marketplace_core.domain.state import books_hash, differences
from marketplace_core.errors import NotFound
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.services.replay import replay as build_again
from marketplace_core.services.verify import VerificationReport, verify_books
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import Session, opened

_SHOWN = 20


def verify(*, where: Where = HERE) -> int:
    """Check the chain, replay it, compare every row of the live books, check the laws and each certificate."""
    from marketplace_entrypoints.composition import rules_of

    with opened(where) as here, here.output.progress("Links") as progress:
        rules = (DEFAULT_RULES, rules_of(here.settings))
        reports = [
            verify_books(here.ports, here.ports, portfolio_id, rules=rules, progress=progress)
            for portfolio_id in _meant(here)
        ]
        sums = here.store.keeper.check_sums() if here.store.keeper else ()
        identities = verify_identities(here.store.identities) if here.store.identities else None
        is_well = all(report.ok for report in reports) and not sums and (identities is None or identities.ok)
        told: plain.Plain = {
            "ok": is_well,
            "portfolios": [_plain(report) for report in reports],
            "sums": [{"check": it.name, "detail": it.says} for it in sums],
        }
        if identities is not None:
            told["identities"] = {"links": identities.links, "findings": list(identities.findings)}
        parts: list[str | Table] = []
        for report in reports:
            parts.append(
                f"{report.portfolio_id}: {report.events} links, {report.rows} rows, {report.certificates} certificates"
                f" checked; {len(report.differences)} differences, {len(report.findings)} findings"
            )
            rows = [(it.kind, it.key, _how(it.here, it.there)) for it in report.differences[:_SHOWN]]
            if rows:
                parts.append(table(("kind", "key", "what"), rows))
            parts.extend(f"  {it.check}: {it.subject}: {it.detail}" for it in report.findings[:_SHOWN])
            if report.rules_unknown:
                parts.append(f"  {report.rules_unknown} certificates were made by rules that are not set: digests only")
        if identities is not None:
            parts.append(f"users and clients: {identities.links} links; {len(identities.findings)} findings")
            parts.extend(f"  {it}" for it in identities.findings[:_SHOWN])
        parts.extend(f"  kept sum: {it.name}: {it.says}" for it in sums[:_SHOWN])
        parts.append("The books hold." if is_well else "THE BOOKS DO NOT HOLD: restore a backup, or mend by hand.")
        return here.answer(told, *parts, code=Exit.DONE if is_well else Exit.FAILED)


def replay(*, where: Where = HERE) -> int:
    """Build the books again from the log alone and compare their hash with the live ones'."""
    with opened(where) as here, here.output.progress("Links") as progress:
        results: list[plain.Plain] = []
        parts: list[str | Table] = []
        for portfolio_id in _meant(here):
            again = build_again(here.ports, portfolio_id, progress=progress)
            live = books_hash(here.ports.state(portfolio_id))
            replayed = books_hash(again.books.state(portfolio_id))
            differing = (
                0
                if live == replayed
                else sum(1 for _ in differences(here.ports.state(portfolio_id), again.books.state(portfolio_id)))
            )
            results.append(
                {
                    "portfolio": portfolio_id,
                    "events": again.events,
                    "head": again.head_hash,
                    "live": live,
                    "replayed": replayed,
                    "differences": differing,
                    "evidence_erased": again.erased,
                }
            )
            verdict = "the same books, to the byte" if live == replayed else f"{differing} rows differ"
            parts.append(f"{portfolio_id}: {again.events} links replayed: {verdict} ({replayed})")
        is_same = all(not it["differences"] for it in results)
        return here.answer({"ok": is_same, "portfolios": results}, *parts, code=Exit.DONE if is_same else Exit.FAILED)


def _meant(here: Session) -> list[PortfolioId]:
    if here.where.portfolio or here.settings.portfolio:
        return [here.portfolio_id]
    found = [it.portfolio_id for it in here.ports.portfolios()]
    if not found:
        raise NotFound("there are no books here to prove; name their folder with --data, or make some with init")
    return found


def _how(live: str | None, logged: str | None) -> str:
    if live is None:
        return "in the log, not in the tables"
    return "in the tables, not in the log" if logged is None else "altered"


def _plain(report: VerificationReport) -> plain.Plain:
    return {
        "portfolio": report.portfolio_id,
        "ok": report.ok,
        "events": report.events,
        "head": report.head_hash,
        "rows": report.rows,
        "certificates": report.certificates,
        "rules_unknown": report.rules_unknown,
        "evidence_erased": report.evidence_erased,
        "differences": [{"kind": it.kind, "key": it.key, "what": _how(it.here, it.there)} for it in report.differences],
        "findings": [{"check": it.check, "subject": it.subject, "detail": it.detail} for it in report.findings],
    }
