"""What a person does in the fake engine by hand: no marker, no key of ours, and no question asked."""

from __future__ import annotations

from attrs import evolve

from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.outside_engine.records import AccountKey, ItemKind, TheirInvoiceStatus, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, RecordPayment, TakeBackPayment, VoidInvoice
from marketplace_core.errors import RuleViolation
from marketplace_core.testing.outside_engine import money_steps as money
from marketplace_core.testing.outside_engine.books import EngineBooks
from marketplace_core.testing.outside_engine.rows import AccountRow, InvoiceRow


class ByHand:
    """Makes both books differ, for tests of drift."""

    def __init__(self, books: EngineBooks) -> None:
        """Work in those books."""
        self._books = books

    def open_account(self, key: str, currency: Currency = KES) -> str:
        """An account of any key; its id."""
        with self._books.lock:
            return self._books.add_account(key, currency, "UTC").account_id

    def charge(self, key: AccountKey, amount: Money, words: str = "by hand") -> str:
        """Ask for an amount; the item's id."""
        with self._books.lock:
            return money.charge(self._books, self._account(key), Charge("", amount, self._books.today, words))

    def credit(self, key: AccountKey, amount: Money, words: str = "by hand") -> str:
        """Give credit; the item's id."""
        with self._books.lock:
            step = GiveCredit("", amount, self._books.today, words)
            return money.give_credit(self._books, self._account(key), step)

    def adjust(self, item_id: str, amount: Money) -> str:
        """Take an amount of an item back; the adjustment's id."""
        with self._books.lock:
            account, invoice, index = self._item(item_id)
            item = self._books.item(ItemKind.ADJUSTMENT, -amount, invoice.items[index].span, linked_item_id=item_id)
            invoice.items.append(item)
            self._books.use_credit(account)
            return item.item_id

    def pay(self, invoice_id: str, amount: Money, key: str = "till 1") -> str:
        """Record a payment of an invoice; its id."""
        with self._books.lock:
            account, _ = self._books.invoice(invoice_id)
            step = RecordPayment("", key, invoice_id, amount, self._books.today)
            return money.record_payment(self._books, account, step)

    def take_back(self, payment_id: str) -> None:
        """Refund a whole payment."""
        with self._books.lock:
            account, payment = self._books.payment(payment_id)
            step = TakeBackPayment("", payment_id, payment.kept, is_chargeback=False)
            money.take_back(self._books, account, step)

    def keep_again(self, payment_id: str) -> None:
        """Keep a whole payment that was taken back, as a backup has it that is restored."""
        with self._books.lock:
            account, payment = self._books.payment(payment_id)
            account.payments[account.payments.index(payment)] = evolve(payment, kept=payment.paid)

    def draft_again(self, invoice_id: str) -> None:
        """Leave an invoice as the draft that a run took, as a backup has it that was made before that run."""
        with self._books.lock:
            _, invoice = self._books.invoice(invoice_id)
            invoice.status = TheirInvoiceStatus.DRAFT
            invoice.items = [it for it in invoice.items if it.marker]

    def run(self, key: AccountKey) -> None:
        """Bill what is missing up to this day, as the engine does when it starts again."""
        with self._books.lock:
            self._books.run(self._account(key), self._books.today)

    def unsettle(self, payment_id: str, state: TheirPaymentState = TheirPaymentState.UNSETTLED) -> None:
        """Leave a payment neither paid nor unpaid, or in another state."""
        with self._books.lock:
            account, payment = self._books.payment(payment_id)
            account.payments[account.payments.index(payment)] = evolve(payment, state=state)

    def void(self, invoice_id: str) -> None:
        """Void an invoice, by the engine's rules."""
        with self._books.lock:
            account, _ = self._books.invoice(invoice_id)
            money.void(self._books, account, VoidInvoice("", invoice_id))

    def edit_silently(self, item_id: str, amount: Money) -> None:
        """Write another amount over an item's in the database: no trace is left."""
        with self._books.lock:
            _, invoice, index = self._item(item_id)
            invoice.items[index] = evolve(invoice.items[index], amount=amount)

    def lose(self, invoice_id: str) -> None:
        """Delete an invoice in the database: no trace is left."""
        with self._books.lock:
            account, invoice = self._books.invoice(invoice_id)
            account.invoices.remove(invoice)

    def _account(self, key: AccountKey) -> AccountRow:
        found = self._books.account_of_key(str(key))
        if found is None:
            raise RuleViolation(f"the engine knows no account {key}")
        return found

    def _item(self, item_id: str) -> tuple[AccountRow, InvoiceRow, int]:
        for account in self._books.accounts:
            for invoice in account.invoices:
                for index, item in enumerate(invoice.items):
                    if item.item_id == item_id:
                        return account, invoice, index
        raise RuleViolation(f"the engine knows no item {item_id!r}")
