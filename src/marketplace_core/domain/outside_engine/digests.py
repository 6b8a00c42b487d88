"""What both sides said of a lease when they were compared last, so that what has not changed is skipped."""

from __future__ import annotations

from hashlib import blake2b

from marketplace_core.domain.outside_engine.nets import LeaseNet
from marketplace_core.domain.outside_engine.records import TheirBooks


def digest_of(net: LeaseNet, theirs: TheirBooks | None) -> str:
    """Our figures and, behind a stroke, what stands there; equal where nothing has changed on either side."""
    return f"{_ours(net)}|{blake2b(repr(theirs).encode(), digest_size=12).hexdigest()}"


def is_unchanged(remembered: str, net: LeaseNet) -> bool:
    """True where our side is what it was when both agreed last; an empty digest says that they did not."""
    return remembered.partition("|")[0] == _ours(net)


def _ours(net: LeaseNet) -> str:
    figures = (net.version, net.invoices, net.invoiced_minor, net.payments, net.paid_minor)
    return "/".join(map(str, (*figures, net.credited_minor, net.used_minor)))
