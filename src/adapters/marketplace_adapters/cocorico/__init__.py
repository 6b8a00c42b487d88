"""Cocorico as the public portal: listings are written there, bookings and inquiries are read, all on its MariaDB."""

from marketplace_adapters.cocorico.cocorico import Cocorico
from marketplace_adapters.cocorico.columns import Findings
from marketplace_adapters.cocorico.grants import grants
from marketplace_adapters.cocorico.server import CocoricoServer

__all__ = ["Cocorico", "CocoricoServer", "Findings", "grants"]
