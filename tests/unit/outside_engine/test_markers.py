"""A marker is never cut off, and one that words quote is not taken for it."""

from marketplace_core.domain.outside_engine.markers import marked, marker_in

OURS, QUOTED = "mk_" + "a" * 24, "mk_" + "b" * 24


def test_a_marker_survives_long_words() -> None:
    """Engines cut descriptions at 255 characters or so: the words are cut before, so that the marker is whole."""
    text = marked("Water " * 100, OURS)
    assert len(text) < 220
    assert marker_in(text) == OURS


def test_the_last_marker_is_the_one_that_counts() -> None:
    """A person may have copied one into words: ours stands at the end."""
    assert marker_in(f"see [{QUOTED}] [{OURS}]") == OURS
    assert marker_in("no marker") == ""
