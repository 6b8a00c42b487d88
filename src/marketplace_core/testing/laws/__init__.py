"""The laws of the books, each one small function over a store, and a machine that lives a portfolio's life."""

from marketplace_core.testing.laws.laws import LAWS, Law, check_laws
from marketplace_core.testing.laws.machine import LawMachine
from marketplace_core.testing.laws.suite import LawSuite

__all__ = ["LAWS", "Law", "LawMachine", "LawSuite", "check_laws"]
