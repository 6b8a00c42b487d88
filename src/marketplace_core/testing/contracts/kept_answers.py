"""What every adapter that keeps answers to idempotency keys must do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from marketplace_core.errors import KeyReused, StillRunning
from marketplace_core.ports.kept_answers import KeptAnswer, KeptAnswers

_AT: Final = datetime(2026, 11, 26, 8, tzinfo=UTC)
_ANSWER: Final = KeptAnswer(201, (("Content-Type", "application/json"), ("ETag", '"1"')), b'{"name":"W\xc3\xa0njiku"}')
_MANY: Final = 50


class KeptAnswersContract:
    """Subclass it and give a fixture ``kept_answers`` with an empty one."""

    def test_an_answer_is_kept_as_it_was_given(self, kept_answers: KeptAnswers) -> None:
        """Status, headers in their order and every byte."""
        assert kept_answers.begin("service:a", "k1", "f", _AT) is None
        kept_answers.complete("service:a", "k1", _ANSWER)
        assert kept_answers.begin("service:a", "k1", "f", _AT + timedelta(hours=1)) == _ANSWER

    def test_a_key_with_another_request_is_refused(self, kept_answers: KeptAnswers) -> None:
        """Both before and after the answer."""
        kept_answers.begin("service:a", "k1", "f", _AT)
        with pytest.raises(KeyReused):
            kept_answers.begin("service:a", "k1", "g", _AT)
        kept_answers.complete("service:a", "k1", _ANSWER)
        with pytest.raises(KeyReused):
            kept_answers.begin("service:a", "k1", "g", _AT)

    def test_keys_are_their_owners(self, kept_answers: KeptAnswers) -> None:
        """The same key of somebody else is another one."""
        kept_answers.begin("service:a", "k1", "f", _AT)
        assert kept_answers.begin("service:b", "k1", "g", _AT) is None

    def test_of_many_at_once_one_goes_on(self, kept_answers: KeptAnswers) -> None:
        """The others hear that it is still running."""

        def begin(_: int) -> str:
            try:
                return "on" if kept_answers.begin("service:a", "k1", "f", _AT) is None else "kept"
            except StillRunning:
                return "running"

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(begin, range(_MANY)))
        assert (found.count("on"), found.count("running")) == (1, _MANY - 1)

    def test_what_was_given_up_may_come_again(self, kept_answers: KeptAnswers) -> None:
        """Also with other words."""
        kept_answers.begin("service:a", "k1", "f", _AT)
        kept_answers.give_up("service:a", "k1")
        assert kept_answers.begin("service:a", "k1", "g", _AT) is None

    def test_giving_up_forgets_no_answer(self, kept_answers: KeptAnswers) -> None:
        """A late one that gives up takes nothing from whoever was done."""
        kept_answers.begin("service:a", "k1", "f", _AT)
        kept_answers.complete("service:a", "k1", _ANSWER)
        kept_answers.give_up("service:a", "k1")
        assert kept_answers.begin("service:a", "k1", "f", _AT) == _ANSWER

    @pytest.mark.parametrize(("seconds", "is_taken"), [(59, False), (61, True)])
    def test_a_call_whose_machine_died_is_taken_over(
        self, kept_answers: KeptAnswers, seconds: int, *, is_taken: bool
    ) -> None:
        """After a minute, not before; and by one alone."""
        kept_answers.begin("service:a", "k1", "f", _AT)
        later = _AT + timedelta(seconds=seconds)
        if is_taken:
            assert kept_answers.begin("service:a", "k1", "f", later) is None
        with pytest.raises(StillRunning):
            kept_answers.begin("service:a", "k1", "f", later)

    def test_old_answers_are_forgotten(self, kept_answers: KeptAnswers) -> None:
        """Those begun before the instant, and no others."""
        begin: Callable[[str, datetime], object] = lambda key, at: kept_answers.begin("service:a", key, "f", at)  # noqa: E731 - short
        begin("old", _AT)
        kept_answers.complete("service:a", "old", _ANSWER)
        begin("new", _AT + timedelta(days=1))
        assert kept_answers.forget_before(_AT + timedelta(hours=1)) == 1
        assert kept_answers.begin("service:a", "old", "g", _AT) is None
