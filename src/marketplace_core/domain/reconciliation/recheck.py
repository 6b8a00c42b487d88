"""Small checks of one claim each: texts, amounts, slices and sums, and how many sets there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from attrs import frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Side
from marketplace_core.domain.reconciliation.claims import Claims
from marketplace_core.domain.reconciliation.deciding.sets import find_sets
from marketplace_core.domain.reconciliation.edits import one_edit_apart
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind, money_text
from marketplace_core.domain.reconciliation.inputs import OpenInvoice, UnappliedPayment
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SETS_MOST, SIDES_MOST
from marketplace_core.domain.reconciliation.months import invoices_of_months, named_months
from marketplace_core.domain.reconciliation.names import compare_names
from marketplace_core.domain.reconciliation.phones import SamePhone, same_phone
from marketplace_core.domain.reconciliation.reading import checked_reference, invoice_number_key
from marketplace_core.domain.reconciliation.rules import Rule
from marketplace_core.domain.reference import fold, normalise
from marketplace_core.errors import CertificateInvalid


def _require(holds: bool, payment: UnappliedPayment, claim: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise CertificateInvalid(f"certificate of payment {payment.payment_id}: {claim}")


def check_texts(piece: Evidence, payment: UnappliedPayment, books: Books) -> None:
    """The two texts compare as the evidence says, the seen one is the payment's and the known one the lease's."""
    lease = books.leases[piece.lease_id]
    seen, known = piece.seen, piece.known
    told = normalise(payment.reference_text)
    if piece.kind is EvidenceKind.REFERENCE:
        same = checked_reference(seen) == checked_reference(known) and normalise(known) == normalise(lease.reference)
        holds = same and normalise(seen) in told and (piece.grade == "checked") == bool(checked_reference(known))
    elif piece.kind is EvidenceKind.UNIT_CODE:
        holds = normalise(seen) == normalise(known) == normalise(lease.unit_code) and seen in told
        sharing = sum(1 for one in books.given.leases if normalise(one.unit_code) == seen) if holds else 0
        holds = holds and (sharing == 1) == (piece.grade == "unique")
    elif piece.kind is EvidenceKind.INVOICE_NUMBER:
        holds = invoice_number_key(seen) == invoice_number_key(known) and seen in told
        holds = holds and any(one.number == known for one in books.open_invoices(lease.lease_id))
    elif piece.kind is EvidenceKind.NEAR_REFERENCE:
        near = fold(seen) == known or one_edit_apart(fold(seen), checked_reference(known))
        holds = near and not checked_reference(seen) and known == lease.reference and seen in told
    elif piece.kind is EvidenceKind.PHONE:
        wanted = SamePhone.IDENTICAL if piece.grade == "identical" else SamePhone.COMPATIBLE
        of_lease = any(same_phone(phone, known) is SamePhone.IDENTICAL for one in lease.tenants for phone in one.phones)
        holds = seen == payment.payer.phone and same_phone(known, seen) is wanted and of_lease
    elif piece.kind is EvidenceKind.NAME:
        grade = compare_names(seen, known)
        holds = grade == piece.grade and any(tenant.name == known for tenant in lease.tenants)
    else:
        holds = piece.kind is EvidenceKind.ALIAS and any(
            (one.lease_id, one.kind, one.text, one.origin) == (lease.lease_id, piece.grade, seen, known)
            for one in books.aliases.get((piece.grade, seen), ())
        )
    _require(holds, payment, f"{piece.kind} for lease {piece.lease_id} does not compare as said")


def check_amount(side: Side, payment: UnappliedPayment, books: Books) -> None:
    """The amount and due-date evidence follow from the set of invoices that explains the side, if there is one."""
    expected: list[Evidence] = []
    for lease_id in sorted({books.invoice(one).lease_id for one in _known(side.explained_by, payment, books)}):
        invoices = [books.invoice(one) for one in side.explained_by if books.invoice(one).lease_id == lease_id]
        ids = "+".join(one.invoice_id for one in invoices)
        exact = sum(books.invoice(one).open_amount.amount_minor for one in side.explained_by)
        grade = "exact" if exact == payment.unapplied.amount_minor else "tolerance"
        expected.append(Evidence(EvidenceKind.AMOUNT, grade, lease_id, money_text(payment.unapplied), ids))
        days, due = min((abs((payment.value_date - one.due_date).days), one.due_date) for one in invoices)
        if days <= books.rules.due_days:
            expected.append(
                Evidence(EvidenceKind.DUE, "near", lease_id, payment.value_date.isoformat(), due.isoformat())
            )
    claimed = [piece for piece in side.evidence if piece.kind in (EvidenceKind.AMOUNT, EvidenceKind.DUE)]
    _require(claimed == expected, payment, "the amount is not explained as said")
    if side.explained_by:
        leases = sorted({books.invoice(one).lease_id for one in side.explained_by})
        _require(list(side.lease_ids) == leases, payment, "the slices are not of the leases that the set pays")
        if len(leases) > 1:
            for part in side.slices:
                whole = sum(
                    books.invoice(one).open_amount.amount_minor
                    for one in side.explained_by
                    if books.invoice(one).lease_id == part.lease_id
                )
                _require(part.amount.amount_minor == whole, payment, "a slice is not its part of the set")


def _known(ids: Sequence[InvoiceId], payment: UnappliedPayment, books: Books) -> Sequence[InvoiceId]:
    opened = {invoice.invoice_id for invoice in books.given.open_invoices} if ids else set[InvoiceId]()
    _require(all(one in opened for one in ids), payment, "an invoice of the set is not open")
    return ids


def check_slices(side: Side, payment: UnappliedPayment, books: Books) -> None:
    """The slices sum to the payment, in its currency; each lease's pins are what the payer named, oldest due first."""
    currency = payment.unapplied.currency
    _require(all(part.amount.currency == currency for part in side.slices), payment, "a slice is in another currency")
    whole = sum(part.amount.amount_minor for part in side.slices)
    _require(whole == payment.unapplied.amount_minor, payment, "the slices do not sum to what is to be applied")
    for part in side.slices:
        invoices = books.open_invoices(part.lease_id)
        numbers = {
            invoice_number_key(piece.seen)
            for piece in side.evidence
            if piece.kind is EvidenceKind.INVOICE_NUMBER and piece.lease_id == part.lease_id
        }
        named = [one for one in invoices if invoice_number_key(one.number) in numbers]
        if not named:
            named = invoices_of_months(invoices, named_months(payment.reference_text), payment.value_date)
        left = part.amount.amount_minor
        expected: list[tuple[InvoiceId, Money]] = []
        for one in named:
            takes = min(left, one.open_amount.amount_minor)
            if takes:
                expected.append((one.invoice_id, Money(takes, currency)))
            left -= takes
        _require(part.pins == tuple(expected), payment, f"the pins of lease {part.lease_id} are not what was named")


def check_arithmetic(side: Side, payment: UnappliedPayment, rule: Rule, books: Books) -> None:
    """Each line takes no more than is open, pins first and then oldest due; the sums are right."""
    sums, currency = side.arithmetic, payment.unapplied.currency
    _require(sums.unapplied == payment.unapplied, payment, "the payment is of another amount")
    limit = rule.tolerance.amount_minor if rule.tolerance is not None and rule.tolerance.currency == currency else 0
    lines = list(sums.lines)
    forgiven = 0
    for part in side.slices:
        pinned = {invoice_id: amount.amount_minor for invoice_id, amount in part.pins}
        free = part.amount.amount_minor - sum(pinned.values())
        for one in books.open_invoices(part.lease_id):
            first = pinned.get(one.invoice_id, 0)
            more = min(free, one.open_amount.amount_minor - first)
            free -= more
            if not first + more:
                continue
            line = lines.pop(0) if lines else None
            short = one.open_amount.amount_minor - first - more
            off = short if forgiven + short <= limit else 0
            forgiven += off
            _require(
                line is not None
                and (line.invoice_id, line.open_amount) == (one.invoice_id, one.open_amount)
                and (line.takes, line.written_off) == (Money(first + more, currency), Money(off, currency)),
                payment,
                f"the line of invoice {one.invoice_id} does not follow",
            )
    _require(not lines, payment, "a line is of no slice")
    taken = sum(line.takes.amount_minor for line in sums.lines)
    totals = (
        Money(taken, currency),
        Money(forgiven, currency),
        Money(payment.unapplied.amount_minor - taken, currency),
    )
    _require((sums.taken, sums.written_off, sums.credit_left) == totals, payment, "the sums are wrong")


@frozen
class Pool:
    """The invoices over which a rule's search goes, and from which to which sum.

    ``touches``: a set must touch each of so many leases (0: any). ``by_lookup``: the single invoices of that amount
    in a portfolio too large to search, None where sets are searched. ``asks_due``: the rule wants a near due date.
    """

    invoices: tuple[OpenInvoice, ...]
    least: int
    most: int
    touches: int
    by_lookup: tuple[tuple[InvoiceId, ...], ...] | None
    asks_due: bool
    due_days: int

    def expected(self, payment: UnappliedPayment) -> list[tuple[InvoiceId, ...]]:
        """The sets that count, each sorted by id."""
        by_id = {one.invoice_id: one for one in self.invoices}
        sets = self.by_lookup if self.by_lookup is not None else find_sets(self.invoices, self.least, self.most).sets
        kept: list[tuple[InvoiceId, ...]] = []
        for one in sets:
            by_lease: dict[LeaseId, int] = {}
            for invoice_id in one:
                invoice = by_id[invoice_id]
                days = abs((payment.value_date - invoice.due_date).days)
                by_lease[invoice.lease_id] = min(days, by_lease.get(invoice.lease_id, days))
            if self.touches and len(by_lease) != self.touches:
                continue
            if self.asks_due and max(by_lease.values()) > self.due_days:
                continue
            kept.append(tuple(sorted(one)))
        return kept

    def is_explained(self, payment: UnappliedPayment) -> bool:
        """True where some set counts."""
        return bool(self.expected(payment))


def set_pool(rule: Rule, payment: UnappliedPayment, leases: Sequence[LeaseId], claims: Claims, books: Books) -> Pool:
    """What a rule's search goes over, for leases that meet its criteria of who paid, or all where it has none."""
    minor, currency = payment.unapplied.amount_minor, payment.unapplied.currency
    asks_due = any(criterion.kind is EvidenceKind.DUE for criterion in rule.criteria)
    who = [one for one in rule.criteria if one.kind not in (EvidenceKind.AMOUNT, EvidenceKind.DUE)]
    if not who:
        pool = tuple(one for one in books.given.open_invoices if one.open_amount.currency == currency)
        lookup: tuple[tuple[InvoiceId, ...], ...] | None = None
        if len(pool) > INVOICES_MOST:
            oldest: dict[LeaseId, InvoiceId] = {}
            for lease_id in books.amounts.get((minor, currency.code), ()):
                fitting = [one for one in books.open_invoices(lease_id) if one.open_amount.amount_minor == minor]
                oldest[lease_id] = min(fitting, key=lambda one: one.order).invoice_id
            lookup = tuple((one,) for one in oldest.values()) if len(oldest) <= SIDES_MOST else ()
        return Pool(pool, minor, minor, 0, lookup, asks_due, books.rules.due_days)
    by_number = any(one.kind is EvidenceKind.INVOICE_NUMBER for one in who)
    invoices = [one for lease_id in leases for one in books.open_invoices(lease_id)]
    if by_number:
        said = {
            (piece.lease_id, invoice_number_key(piece.seen))
            for lease_id in leases
            for piece in claims.by_lease[lease_id]
            if piece.kind is EvidenceKind.INVOICE_NUMBER
        }
        invoices = [one for one in invoices if (one.lease_id, invoice_number_key(one.number)) in said]
    least = most = minor
    tolerance = rule.tolerance
    if tolerance is not None and tolerance.currency == currency and len(leases) == 1:
        exact = find_sets(invoices, minor, minor)
        if exact.bound.complete and not exact.sets:
            least, most = minor + 1, minor + tolerance.amount_minor
    texts = [
        {
            p.seen
            for p in claims.by_lease[one]
            if p.kind is who[0].kind and (not who[0].grades or p.grade in who[0].grades)
        }
        for one in leases
    ]
    apart = sum(len(one) for one in texts) == len(set[str]().union(*texts))
    touches = len(leases) if len(leases) > 1 and apart else 0
    return Pool(tuple(invoices), least, most, touches, None, asks_due, books.rules.due_days)


def count_sets(invoices: Sequence[OpenInvoice], least: int, most: int, enough: int = SETS_MOST) -> int:
    """How many sets there are, up to ``enough``; a count of its own, that keeps no sets."""
    grouped: dict[tuple[LeaseId, int], int] = {}
    for one in invoices:
        key = (one.lease_id, one.open_amount.amount_minor)
        grouped[key] = grouped.get(key, 0) + 1
    classes = sorted(((amount, count) for (_, amount), count in grouped.items()), reverse=True)
    rest = [sum(amount * count for amount, count in classes[place:]) for place in range(len(classes) + 1)]

    @cache
    def ways(place: int, taken: int) -> int:
        if taken > most or taken + rest[place] < least:
            return 0
        if place == len(classes):
            return 1
        amount, count = classes[place]
        return min(enough, sum(ways(place + 1, taken + amount * times) for times in range(count + 1)))

    return ways(0, 0)
