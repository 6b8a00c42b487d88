"""The evidence that the books hold on one payment, for every lease that has some.

Shared as code: deciding and checking gather with this function. Checking compares each pair of texts once more, but
what is overlooked here is overlooked by both.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.books import FITS_MOST, Books
from marketplace_core.domain.reconciliation.edits import one_edit_neighbours
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind, bits_of, in_order
from marketplace_core.domain.reconciliation.inputs import LeaseProfile, UnappliedPayment
from marketplace_core.domain.reconciliation.months import named_months
from marketplace_core.domain.reconciliation.names import NameGrade, compare_name_words, name_words
from marketplace_core.domain.reconciliation.phones import (
    PhoneForm,
    SamePhone,
    SeenPhone,
    clear_phone,
    read_phone,
    same_as_seen,
)
from marketplace_core.domain.reconciliation.reading import (
    REFERENCE_LENGTH,
    alias_texts,
    checked_reference,
    invoice_number_key,
    read_words,
)
from marketplace_core.domain.reference import fold

_NEAR_LENGTHS: Final = range(REFERENCE_LENGTH - 1, REFERENCE_LENGTH + 2)
_GRADES: Final = list(NameGrade)

_Found = defaultdict[LeaseId, list[Evidence]]


@frozen
class Claims:
    """Evidence by lease, strongest first, and references with a right check character that belong to nobody here.

    Names and near references are read only where no reference with a right check character was found.
    """

    by_lease: dict[LeaseId, tuple[Evidence, ...]]
    bits: dict[LeaseId, int]
    foreign: tuple[str, ...] = ()


def gather(payment: UnappliedPayment, books: Books) -> Claims:
    """Everything that says whose money a payment is, but for amounts."""
    found: _Found = defaultdict(list)
    foreign: tuple[str, ...] = ()
    text = payment.reference_text
    whole = checked_reference(text)
    owners = books.references.get(whole, ()) if whole else ()
    proven = bool(owners)
    for lease_id in owners:
        found[lease_id].append(
            Evidence(EvidenceKind.REFERENCE, "checked", lease_id, text, books.leases[lease_id].reference)
        )
    if not proven and text:
        foreign, proven = _read_text(text, books, found)
    seen = read_phone(payment.payer.phone)
    _add_phones(seen, payment.payer.phone, books, found)
    if books.aliases:
        _add_aliases(payment, books, found)
    if not proven:
        _add_names(payment, books, found)
    if seen.form is PhoneForm.MASKED:
        _add_masked(seen, payment.payer.phone, books, found)
    by_lease = {lease_id: _once_in_order(found[lease_id]) for lease_id in sorted(found)}
    return Claims(by_lease, {lease_id: bits_of(pieces) for lease_id, pieces in by_lease.items()}, foreign)


def _once_in_order(pieces: list[Evidence]) -> tuple[Evidence, ...]:
    return in_order(tuple(set(pieces))) if len(pieces) > 1 else tuple(pieces)


def _read_text(text: str, books: Books, found: _Found) -> tuple[tuple[str, ...], bool]:
    """Add what the reference text names; the references of nobody in it, and whether a checked one was found."""
    words = read_words(text)
    known = False
    checked: list[tuple[str, str]] = []
    for window in words.windows:
        reference = checked_reference(window) if len(window) == REFERENCE_LENGTH else ""
        if reference:
            checked.append((window, reference))
        for lease_id in books.references.get(reference, ()) if reference else ():
            known = True
            lease = books.leases[lease_id]
            found[lease_id].append(Evidence(EvidenceKind.REFERENCE, "checked", lease_id, window, lease.reference))
        _add_codes(window, books, found)
    if known:
        return (), True
    if not any(piece.kind is EvidenceKind.INVOICE_NUMBER for pieces in found.values() for piece in pieces):
        for window in words.windows:
            _add_near(window, books, found)
    whole = "".join(words.words)
    foreign = [
        reference
        for window, reference in checked
        if (window == whole or window in words.words)
        and not window.isdigit()
        and not window.isalpha()
        and not named_months(window)
        and window not in books.unit_codes
        and window not in books.plain_references
    ]
    return tuple(foreign), False


def _add_codes(window: str, books: Books, found: _Found) -> None:
    leases = books.unit_codes.get(window, ())
    for lease_id in leases:
        grade = "unique" if len(leases) == 1 else "shared"
        known = books.leases[lease_id].unit_code
        found[lease_id].append(Evidence(EvidenceKind.UNIT_CODE, grade, lease_id, window, known))
    for lease_id in books.plain_references.get(window, ()):
        known = books.leases[lease_id].reference
        found[lease_id].append(Evidence(EvidenceKind.REFERENCE, "plain", lease_id, window, known))
    for invoice in books.numbers.get(invoice_number_key(window), ()):
        grade = "checked" if checked_reference(invoice.number) else "plain"
        lease_id = invoice.lease_id
        found[lease_id].append(Evidence(EvidenceKind.INVOICE_NUMBER, grade, lease_id, window, invoice.number))


def _add_near(window: str, books: Books, found: _Found) -> None:
    """A reference one edit away, never from a text that is a reference itself."""
    if len(window) not in _NEAR_LENGTHS or checked_reference(window):
        return
    for near in dict.fromkeys(one_edit_neighbours(fold(window), REFERENCE_LENGTH)):
        for lease_id in books.references.get(near, ()):
            known = books.leases[lease_id].reference
            found[lease_id].append(Evidence(EvidenceKind.NEAR_REFERENCE, "one_edit", lease_id, window, known))


def _add_phones(seen: SeenPhone, told: str, books: Books, found: _Found) -> None:
    clear = ""
    if seen.form is PhoneForm.CLEAR:
        clear = seen.text
    elif seen.form is PhoneForm.HASHED:
        clear = books.hashed_phones.get(seen.text, "")
    for lease_id in books.phones.get(clear, ()) if clear else ():
        found[lease_id].append(Evidence(EvidenceKind.PHONE, "identical", lease_id, told, clear))


def _add_masked(seen: SeenPhone, told: str, books: Books, found: _Found) -> None:
    """What fits a masked phone: candidates where few leases do, else only support for those already found."""
    fits = books.fits(seen)
    for lease_id in fits if len(fits) <= FITS_MOST else [one for one in fits if one in found]:
        known = _fitting(books.leases[lease_id], seen)
        grade = "telling" if len(fits) == 1 and books.is_telling(seen) else "compatible"
        found[lease_id].append(Evidence(EvidenceKind.PHONE, grade, lease_id, told, known))


def _fitting(lease: LeaseProfile, seen: SeenPhone) -> str:
    phones = [clear_phone(phone) for tenant in lease.tenants for phone in tenant.phones]
    return min(clear for clear in phones if clear and same_as_seen(clear, seen) is SamePhone.COMPATIBLE)


def _add_aliases(payment: UnappliedPayment, books: Books, found: _Found) -> None:
    for kind, text in alias_texts(payment.payer, payment.reference_text).items():
        for alias in books.aliases.get((kind, text), ()):
            lease_id = LeaseId(alias.lease_id)
            found[lease_id].append(Evidence(EvidenceKind.ALIAS, kind, lease_id, text, alias.origin))


def _add_names(payment: UnappliedPayment, books: Books, found: _Found) -> None:
    """The best name evidence of each lease that has some, whether found by name or otherwise."""
    told = [payment.payer.name]
    if payment.reference_text:
        told.append(read_words(payment.reference_text).name)
    for name in dict.fromkeys(told):
        words = name_words(name)
        if len(words) < 2:  # noqa: PLR2004 - one word names nobody
            continue
        for lease_id in books.namesakes.of(words) | set(found):
            best = _best_name(name, words, books.leases[lease_id])
            if best is not None:
                found[lease_id].append(best)


def _best_name(name: str, words: tuple[str, ...], lease: LeaseProfile) -> Evidence | None:
    graded = [
        (_GRADES.index(grade), tenant.name)
        for tenant in lease.tenants
        if (grade := compare_name_words(words, name_words(tenant.name))) is not None
    ]
    if not graded:
        return None
    place, known = min(graded)
    return Evidence(EvidenceKind.NAME, _GRADES[place], lease.lease_id, name, known)
