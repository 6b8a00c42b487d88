"""The laws of the books over state rows, in one pass: whoever stores them, the rows must agree with each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import frozen

from marketplace_core.domain import ledger
from marketplace_core.domain.numbers import CREDIT_NOTES, INVOICES, OPENING, RECEIPTS, is_of_series, sequence_of
from marketplace_core.domain.state import StateRow

_OUR_INVOICE_SERIES: Final = (INVOICES, OPENING)


@frozen
class Finding:
    """Something that does not hold: which law or check, what it concerns, and what is wrong."""

    check: str
    subject: str
    detail: str


class RowLaws:
    """Sums rows as they pass; ``findings`` says at the end what does not add up."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._found: list[Finding] = []
        self._balance: Counter[str] = Counter()
        self._expected: Counter[str] = Counter()
        self._amount: dict[tuple[str, str], int] = {}
        self._taken: Counter[tuple[str, str]] = Counter()
        self._numbers: dict[str, list[int]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._void: set[str] = set()
        self._held: set[tuple[str, str]] = set()
        self._named: dict[str, str] = {}
        self._merged: dict[str, str] = {}
        self._readers: Final[Mapping[str, Callable[[dict[str, Any]], None]]] = {
            "allocation": self._allocation,
            "credit": self._credit,
            "credit_note": lambda it: self._number(CREDIT_NOTES, it["number"]),
            "deposit_entry": self._deposit_entry,
            "invoice": self._invoice,
            "lease": lambda it: self._name(f"lease {it['lease_id']}", it["tenant_ids"]),
            "match": self._match,
            "payment": self._payment,
            "posting": self._posting,
            "property": lambda it: self._name(f"property {it['property_id']}", [it.get("landlord_id", "")]),
            "receipt": self._receipt,
            "use": self._use,
            "void": self._voided,
        }
        self._invoiced: dict[str, tuple[str, int]] = {}

    def passing(self, rows: Iterable[StateRow]) -> Iterator[StateRow]:
        """The same rows of state, each read as it passes."""
        return self._passing(rows, self._readers)

    def passing_evidence(self, rows: Iterable[StateRow]) -> Iterator[StateRow]:
        """The same rows of evidence, each read as it passes."""
        return self._passing(rows, {"person": self._person})

    def _passing(
        self, rows: Iterable[StateRow], readers: Mapping[str, Callable[[dict[str, Any]], None]]
    ) -> Iterator[StateRow]:
        for row in rows:
            reader = readers.get(row.kind)
            if reader is not None:
                try:
                    reader(json.loads(row.body))
                except (KeyError, TypeError, ValueError) as error:
                    self._found.append(Finding("readable", f"{row.kind} {row.key}", f"cannot be read: {error!r}"))
            yield row

    def findings(self) -> tuple[Finding, ...]:
        """What does not hold of the rows that passed."""
        found = [*self._found, *self._over_allocated(), *self._number_gaps(), *self._doubles(), *self._stand_ins()]
        for invoice_id, (account, minor) in self._invoiced.items():
            if invoice_id not in self._void:
                self._expected[account] += minor
        for account in sorted(self._expected.keys() | self._balance.keys()):
            if account.startswith(("receivable:", "credit:")):
                booked, said = self._balance[account], self._expected[account]
                if booked != said:
                    found.append(
                        Finding("balance is the fold of its postings", account, f"postings {booked}, rows {said}")
                    )
        total = sum(self._balance.values())
        if total:
            found.append(Finding("balances sum to zero", "all accounts", f"{total} minor units"))
        return tuple(found)

    def _allocation(self, it: dict[str, Any]) -> None:
        minor = it["amount"][0]
        self._require_positive("allocation", it["allocation_id"], minor)
        if "superseded_at" in it or "ended_on" in it:
            return
        self._taken["invoice", it["invoice_id"]] += minor
        self._taken["credit", it["credit_id"]] += minor
        self._expected[ledger.receivable(it["lease_id"])] -= minor
        self._expected[ledger.unapplied(it["lease_id"])] += minor

    def _credit(self, it: dict[str, Any]) -> None:
        minor = it["amount"][0]
        self._require_positive("credit", it["credit_id"], minor)
        if "ended_on" in it:
            minor = 0
        self._amount["credit", it["credit_id"]] = minor
        self._expected[ledger.unapplied(it["lease_id"])] -= minor

    def _use(self, it: dict[str, Any]) -> None:
        if "ended_on" in it:
            return
        minor = it["amount"][0]
        self._taken["credit", it["credit_id"]] += minor
        self._expected[ledger.unapplied(it["lease_id"])] += minor

    def _deposit_entry(self, it: dict[str, Any]) -> None:
        self._require_positive("deposit entry", it["entry_id"], it["amount"][0])

    def _invoice(self, it: dict[str, Any]) -> None:
        minor = sum(line["amount"][0] for line in it["lines"])
        invoice_id = it["invoice_id"]
        self._amount["invoice", invoice_id] = minor
        self._require_positive("invoice", invoice_id, minor)
        self._invoiced[invoice_id] = (ledger.receivable(it["lease_id"]), minor)
        period = it["period"]["start"]
        self._keys[invoice_id] = (it["lease_id"], period, it["kind"], it.get("subject", ""))
        series = it.get("series", INVOICES)
        if series in _OUR_INVOICE_SERIES:
            self._number(series, it["number"])

    def _voided(self, it: dict[str, Any]) -> None:
        self._void.add(it["invoice"])

    def _payment(self, it: dict[str, Any]) -> None:
        self._amount["payment", it["payment_id"]] = it["amount"][0]
        transaction = (it["collection_account_id"], it["transaction_id"])
        if transaction in self._held:
            self._found.append(Finding("no transaction twice", " ".join(transaction), "two payments have it"))
        self._held.add(transaction)

    def _match(self, it: dict[str, Any]) -> None:
        if "undone_at" not in it:
            self._taken["payment", it["payment_id"]] += sum(part["amount"][0] for part in it["slices"])

    def _posting(self, it: dict[str, Any]) -> None:
        minor = it["amount"][0]
        self._require_positive("posting", it["posting_id"], minor)
        self._balance[it["debit"]] += minor
        self._balance[it["credit"]] -= minor

    def _receipt(self, it: dict[str, Any]) -> None:
        """A receipt of the first system keeps its own text as its number."""
        if is_of_series(it["number"], RECEIPTS):
            self._number(RECEIPTS, it["number"])

    def _name(self, subject: str, person_ids: Iterable[str]) -> None:
        self._named.update(dict.fromkeys(person_ids, subject))

    def _person(self, it: dict[str, Any]) -> None:
        if "merged_into" in it:
            self._merged[it["person_id"]] = it["merged_into"]

    def _number(self, series: str, number: str) -> None:
        found = sequence_of(number)
        if found is None:
            self._found.append(Finding("numbers without gaps", series, f"{number!r} is no number of the series"))
        else:
            self._numbers.setdefault(series, []).append(found)

    def _require_positive(self, kind: str, key: str, minor: object) -> None:
        if type(minor) is not int or minor <= 0:
            self._found.append(Finding("amounts are whole and above zero", f"{kind} {key}", f"{minor!r}"))

    def _over_allocated(self) -> Iterator[Finding]:
        for (kind, key), taken in self._taken.items():
            amount = self._amount.get((kind, key), 0)
            if kind == "invoice" and key in self._void:
                amount = 0
            if taken > amount:
                yield Finding(f"allocated is at most the {kind}", f"{kind} {key}", f"{taken} of {amount}")

    def _number_gaps(self) -> Iterator[Finding]:
        for series, numbers in self._numbers.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))[:5]
                yield Finding("numbers without gaps", series, f"missing {missing}, {len(numbers)} in all")

    def _stand_ins(self) -> Iterator[Finding]:
        law = "who was merged is named by nothing"
        for merged, kept in self._merged.items():
            if merged in self._named:
                yield Finding(law, self._named[merged], f"names {merged}, for whom {kept} stands")
            if kept in self._merged:
                yield Finding(law, f"person {merged}", f"was merged into {kept}, who was merged too")

    def _doubles(self) -> Iterator[Finding]:
        standing = Counter(key for invoice_id, key in self._keys.items() if invoice_id not in self._void)
        for key, count in standing.items():
            if count > 1:
                yield Finding("one standing invoice a lease, period and kind", " ".join(key), f"{count} stand")
