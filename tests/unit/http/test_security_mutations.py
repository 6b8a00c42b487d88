"""The defences that ``scripts/security_mutations.py`` takes away are where it looks for them."""

from __future__ import annotations

import pytest
from scripts.security_mutations import MUTATIONS, ROOT


@pytest.mark.parametrize(("path", "defence", "test"), [(it[1], it[2], it[4]) for it in MUTATIONS])
def test_a_mutation_finds_its_defence_and_its_test(path: str, defence: str, test: str) -> None:
    """Its text stands once in its module, and the test that must notice it is there: else it would prove nothing."""
    assert (ROOT / path).read_text("utf-8").count(defence) == 1
    module, _, name = test.partition("::")
    assert f"def {name.partition('[')[0].rpartition('::')[2]}(" in (ROOT / module).read_text("utf-8")
