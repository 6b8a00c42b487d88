"""M-Pesa's C2B bodies behind the core's port."""

from __future__ import annotations

from typing_extensions import override

from marketplace_adapters.statements.callbacks import read_c2b
from marketplace_core.domain.payment import CollectionAccount, PaymentReport
from marketplace_core.ports.payment_hooks import PaymentHooks, PaymentQuestion


class MpesaC2bHooks(PaymentHooks):
    """Reads confirmations and validation requests; holds nothing."""

    @override
    def report(self, body: bytes, account: CollectionAccount) -> PaymentReport:
        return read_c2b(body).report(account)

    @override
    def question(self, body: bytes) -> PaymentQuestion:
        asked = read_c2b(body)
        return PaymentQuestion(asked.short_code, asked.reference_text)
