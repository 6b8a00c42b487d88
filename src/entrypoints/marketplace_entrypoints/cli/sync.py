"""Bring the books of other systems and ours together, and say where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from cyclopts import Parameter

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference, FullPass, Verdict
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.step_words import words_of
from marketplace_core.services.outside_engine.full_pass import PassBudget
from marketplace_core.services.outside_engine.known_differences import SHOWN_AT_ONCE
from marketplace_core.services.outside_engine.repair import LeaseRepair
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Exit, Refused
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.cli.sync_cocorico import cocorico
from marketplace_entrypoints.cli.sync_condo import condo
from marketplace_entrypoints.second_books import second_books

if TYPE_CHECKING:
    from marketplace_entrypoints.composition_engine import EngineContainer

app = group("sync", "Bring the books of other systems and ours together, and say where they differ.")
app.command(condo)
app.command(cocorico)
_STRETCH = PassBudget(pages=20)


@app.command
def killbill(
    *leases: Annotated[str, Parameter(help="Only these: lease ids, unit codes or payment references.")],
    diff: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Only say what differs, to the cent, and note it for billing_sync_ok; neither book changes.",
        ),
    ] = False,
    repair: Annotated[bool, Parameter(negative=(), help="Also undo there what nobody here decided.")] = False,
    status: Annotated[bool, Parameter(negative=(), help="Only say whether both books are known to agree.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Bring every lease's two books together by a full pass; again it changes nothing. Code 1: they do not agree."""
    if sum((diff, repair, status)) > 1:
        raise Refused("choose one of --diff, --repair and --status")
    with opened(where) as here:
        books = second_books(here.store, here.container)
        keys = tuple(AccountKey(here.portfolio_id, here.lease(it).lease_id) for it in leases)
        if status:
            return _verdict(here, books.judge()())
        if repair:
            return _repaired(here, books, keys, act)
        if keys:
            return _some(here, books, keys, only_look=diff or act.dry_run)
        return _all(here, books, only_look=diff or act.dry_run)


def _all(here: Session, books: EngineContainer, *, only_look: bool) -> int:
    run = books.full_pass(report_only=only_look)
    pass_id = f"pass_{uuid4().hex}"
    with here.output.progress("Comparing") as progress:
        found = run(pass_id, _STRETCH)
        while found.ended_at is None:
            if progress is not None:
                progress(found.checked)
            found = run(pass_id, _STRETCH)
    differences = books.repair().known()
    verdict = books.watch()()
    told = {
        "pass": _plain_pass(found),
        "differences": [plain_difference(it) for it in differences[:SHOWN_AT_ONCE]],
        "differences_total": len(differences),
        **plain_verdict(verdict),
    }
    code = Exit.DONE if not differences else Exit.FAILED
    words = f"{found.checked} leases compared: {len(differences)} differences"
    return here.answer(told, words, *difference_tables(differences), verdict_words(verdict), code=code)


def _some(here: Session, books: EngineContainer, keys: tuple[AccountKey, ...], *, only_look: bool) -> int:
    found: list[Difference] = []
    synced: list[LeaseSynced] = []
    for key in keys:
        if only_look:
            found.extend(books.compare()(key))
        else:
            synced.append(books.sync_lease()(key))
            found.extend(synced[-1].differences)
    drift = [it for it in found if it.is_drift]
    told = {
        "leases": [str(it) for it in keys],
        "steps": sum(it.done for it in synced),
        "problems": [it.problem for it in synced if it.problem],
        "waiting": sum(len(it.waiting) for it in synced),
        "refused": [it.words for one in synced for it in one.refused],
        "differences": [plain_difference(it) for it in found],
    }
    refused = [it.words for one in synced for it in one.refused] + [it.problem for it in synced if it.problem]
    words = f"{len(keys)} leases: {told['steps']} steps done there, {told['waiting']} wait, {len(drift)} differences"
    is_well = not (drift or refused)
    return here.answer(told, words, *refused, *difference_tables(found), code=Exit.DONE if is_well else Exit.FAILED)


def _repaired(here: Session, books: EngineContainer, keys: tuple[AccountKey, ...], act: Act) -> int:
    run = books.repair()
    if not act.dry_run:
        plan = run(keys, dry_run=True)
        if not plan:
            return here.answer({"repairs": [], "dry_run": False}, "Nothing that a repair can mend is known")
        here.require_yes(act, f"Repair {len(plan)} leases? See what would be done with --dry-run.")
    done = run(keys, dry_run=act.dry_run)
    left = [difference for it in done if it.synced for difference in it.synced.differences if difference.is_drift]
    refused = [f"{it.key}: {one.words}" for it in done if it.synced for one in it.synced.refused]
    told = {
        "repairs": [_plain_repair(it) for it in done],
        "left": [plain_difference(it) for it in left],
        "refused": refused,
        "dry_run": act.dry_run,
    }
    verb = "would be repaired" if act.dry_run else "repaired"
    shown = table(("lease", "there", "amount", ""), (row for it in done for row in _steps_of(it)))
    code = Exit.FAILED if left or refused else Exit.DONE
    words = (f"{len(done)} leases {verb}", *(f"still refused: {it}" for it in refused))
    return here.answer(told, *words, shown, *difference_tables(left), code=code)


def _steps_of(it: LeaseRepair) -> Iterator[tuple[object, ...]]:
    for step in it.steps:
        known = "was refused, is tried again" if step.marker in it.refused else ""
        yield it.key.lease_id, words_of(step), getattr(step, "amount", None), known


def _plain_repair(it: LeaseRepair) -> plain.Plain:
    return {
        "lease": str(it.key),
        "there": [
            {"step": type(step).__name__, "marker": step.marker, "amount": _amount(getattr(step, "amount", None))}
            for step in it.steps
        ],
        "here": {
            "invoices": [plain.invoice(one) for one in it.records.invoices],
            "credit_notes": len(it.records.notes),
            "voids": len(it.records.voids),
            "payments": len(it.records.reports),
        },
        "done": it.synced.done if it.synced else 0,
    }


def _amount(value: object) -> dict[str, str] | None:
    return plain.money(value) if isinstance(value, Money) else None


def _verdict(here: Session, verdict: Verdict) -> int:
    code = Exit.DONE if verdict.is_ok else Exit.FAILED
    return here.answer(plain_verdict(verdict), verdict_words(verdict), code=code)


def plain_verdict(verdict: Verdict) -> plain.Plain:
    """The verdict for machines."""
    return {
        "billing_sync_ok": verdict.is_ok,
        "verified_at": plain.instant(verdict.verified_at),
        "reasons": list(verdict.reasons),
    }


def verdict_words(verdict: Verdict) -> str:
    """The verdict for a person."""
    since = f", verified at {verdict.verified_at:%Y-%m-%d %H:%M} UTC" if verdict.verified_at else ""
    return f"billing_sync_ok: yes{since}" if verdict.is_ok else f"billing_sync_ok: NO: {verdict.reason}"


def plain_difference(it: Difference) -> plain.Plain:
    """A difference for machines."""
    return {
        "lease": str(it.key) if it.key else None,
        "kind": it.kind.value,
        "subject": it.subject,
        "ours": _amount(it.ours),
        "theirs": _amount(it.theirs),
        "is_drift": it.is_drift,
        "words": it.words,
        "repair": it.repair,
    }


def difference_tables(found: list[Difference] | tuple[Difference, ...]) -> list[Table]:
    """Differences for a person: the first of many, and then of how many."""
    if not found:
        return []
    shown = found[:SHOWN_AT_ONCE]
    rows = ((it.key.lease_id if it.key else "", it.kind.value, it.ours, it.theirs, it.words, it.repair) for it in shown)
    title = f"the first {len(shown):,} of {len(found):,} differences" if len(shown) < len(found) else ""
    return [table(("lease", "what", "here", "there", "", "repair"), rows, title)]


def _plain_pass(found: FullPass) -> plain.Plain:
    return {
        "pass": found.pass_id,
        "begun_at": plain.instant(found.begun_at),
        "ended_at": plain.instant(found.ended_at),
        "checked": found.checked,
        "differences": found.differences,
    }
