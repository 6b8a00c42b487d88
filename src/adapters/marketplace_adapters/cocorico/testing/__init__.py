"""A Cocorico to test against: its tables on a real MariaDB of one's own, and a hand that does what people do there."""

from marketplace_adapters.cocorico.testing.hand import CocoricoHand
from marketplace_adapters.cocorico.testing.portal import CocoricoPortal
from marketplace_adapters.cocorico.testing.rows import BEGINNING, Rows
from marketplace_adapters.cocorico.testing.sample import furnish
from marketplace_adapters.cocorico.testing.server import MariaDb
from marketplace_adapters.cocorico.testing.visitors import CocoricoVisitors

__all__ = ["BEGINNING", "CocoricoHand", "CocoricoPortal", "CocoricoVisitors", "MariaDb", "Rows", "furnish"]
