"""What is skipped because nothing changed: a change of any figure is a change."""

import pytest
from attrs import evolve
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.outside_engine.digests import digest_of, is_unchanged
from marketplace_core.domain.outside_engine.nets import net_of

FIGURES = ("version", "invoices", "invoiced_minor", "payments", "paid_minor", "credited_minor", "used_minor")


@pytest.mark.parametrize("figure", FIGURES)
def test_each_figure_counts(figure: str) -> None:
    """One more of any of them, and the lease is looked at again."""
    pair = Pair()
    pair.life.let()
    pair.sync()
    net = net_of(pair.account())
    digest = digest_of(net, pair.theirs())
    assert is_unchanged(digest, net)
    assert not is_unchanged(digest, evolve(net, **{figure: getattr(net, figure) + 1}))
    assert not is_unchanged("", net)


def test_what_stands_there_counts() -> None:
    """Another cent there is another digest."""
    pair = Pair()
    pair.life.let()
    pair.sync()
    net, theirs = net_of(pair.account()), pair.theirs()
    other = evolve(theirs, account=evolve(theirs.account, credit=pair.life.money(1)))
    assert digest_of(net, theirs) == digest_of(net, pair.theirs())
    assert digest_of(net, theirs) != digest_of(net, other)
