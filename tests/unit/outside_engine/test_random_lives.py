"""Random lives: whatever happens, both books agree after rounds of recording and sending."""

from hypothesis import settings
from tests.unit.outside_engine.machine import TwoBooks

TestTwoBooks = TwoBooks.TestCase
TestTwoBooks.settings = settings(settings.default, stateful_step_count=30)
