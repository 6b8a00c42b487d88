"""The program's commands: a table of names, each loaded when it is used."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from cyclopts import App

_HERE: Final = "marketplace_entrypoints.cli"

COMMANDS: Final = (
    ("init", "setup:init", "Open a book: a portfolio with the account it collects in."),
    ("import", "first_system:import_folder", "Take over the first system's folder of CSV files, checked as a whole."),
    ("bill", "billing:bill", "Bill every lease for a month; a second time makes nothing."),
    ("late-fees", "billing:late_fees", "Charge the late fees that are due."),
    ("payments", "payments:app", "Import statements; list and reverse payments."),
    ("reconcile", "reconciliation:reconcile", "Match waiting payments: apply what is proven, queue the rest."),
    ("review", "review:app", "Decide on the payments that need a person."),
    ("explain", "explain:explain", "Say why a payment went where it went."),
    ("aging", "reports:aging", "Say what is owed and for how long, on any day."),
    ("statement", "reports:statement", "A lease's statement of account."),
    ("deposits", "deposits:app", "Deposits held; deduct from them, give them back."),
    ("leases", "leases:app", "List, sign, change and end leases."),
    ("invoices", "invoices:app", "List, void, credit and write off invoices."),
    ("what-if", "what_if:app", "What other terms or rules would change, before anything is."),
    ("verify", "proof:verify", "Prove that the books agree with themselves and with their audit chain."),
    ("replay", "proof:replay", "Build the books again from the log and compare them."),
    ("doctor", "upkeep:doctor", "Check the installation, with the fix for what is not well."),
    ("backup", "upkeep:backup", "Write everything into one file that proves itself."),
    ("restore", "upkeep:restore", "Put a backup back, all of it or nothing."),
)


def build_app() -> App:
    """The program, with none of its commands loaded."""
    app = App(
        name="marketplace",
        help="The rent book: leases in, billed months, matched payments and aged arrears out.",
        help_format="plaintext",
        help_formatter="plain",
        version=lambda: version("marketplace-core"),
        help_epilogue="Every command: --help, --json; every writing one: --dry-run. "
        "Exit codes: 0 done, 1 failed, 2 usage or cancelled, 3 done in part, 4 not allowed.",
    )
    for name, place, words in COMMANDS:
        app.command(f"{_HERE}.{place}", name=name, help=words)
    app.register_install_completion_command()
    return app


def group(name: str, words: str) -> App:
    """A group of commands."""
    return App(name=name, help=words, help_format="plaintext", help_formatter="plain")
