"""Statements of M-Pesa and banks, callbacks of M-Pesa, and the first system's folder: bytes in, core values out."""

from marketplace_adapters.statements.bank import BankStatement
from marketplace_adapters.statements.bank_profile import SHIPPED, BankProfile, parse_profile, shipped_profile
from marketplace_adapters.statements.c2b_hooks import MpesaC2bHooks
from marketplace_adapters.statements.callbacks import C2bBody, read_c2b
from marketplace_adapters.statements.first_system_folder import read_first_system_folder
from marketplace_adapters.statements.lines import Bounds
from marketplace_adapters.statements.mpesa import MpesaStatement

__all__ = [
    "SHIPPED",
    "BankProfile",
    "BankStatement",
    "Bounds",
    "C2bBody",
    "MpesaC2bHooks",
    "MpesaStatement",
    "parse_profile",
    "read_c2b",
    "read_first_system_folder",
    "shipped_profile",
]
