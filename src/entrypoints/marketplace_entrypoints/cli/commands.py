"""The program's commands by name, and its own help: neither loads what a command needs."""

from __future__ import annotations

from typing import Final

HELP: Final = "The rent book: leases in, billed months, matched payments and aged arrears out."
EPILOGUE: Final = (
    "Every command: --help, --json; every writing one: --dry-run. "
    "Exit codes: 0 done, 1 failed, 2 usage, 3 done in part, 4 not allowed, 130 and the like stopped by a signal."
)

COMMANDS: Final = (
    ("init", "setup:init", "Open a book: a portfolio with the account it collects in."),
    ("import", "first_system:import_folder", "Take over the first system's folder of CSV files, checked as a whole."),
    ("bill", "billing:bill", "Bill every lease for a month; a second time makes nothing."),
    ("late-fees", "billing:late_fees", "Charge the late fees that are due."),
    ("payments", "payments:app", "Import statements; list, assign and reverse payments."),
    ("reconcile", "reconciliation:reconcile", "Match waiting payments: apply what is proven, queue the rest."),
    ("review", "review:app", "Decide on the payments that need a person."),
    ("explain", "explain:explain", "Say why a payment went where it went."),
    ("aging", "reports:aging", "Say what is owed and for how long, on any day."),
    ("balances", "balances:balances", "The trial balance, or what each lease, tenant or property owes by the ledger."),
    ("statement", "reports:statement", "A lease's statement of account."),
    ("refunds", "refunds:app", "Unapplied credit given back; refunds that came back."),
    ("deposits", "deposits:app", "Deposits held; deduct from them, give them back."),
    ("approvals", "approvals:app", "Refunds, write-offs and reversals that wait for a second person."),
    ("leases", "leases:app", "List, sign, charge, change and end leases."),
    ("invoices", "invoices:app", "List, void, credit and write off invoices."),
    ("maintenance", "maintenance:app", "Maintenance tickets: list, show, open, move on, write to, assign."),
    ("what-if", "what_if:app", "What other terms or rules would change, before anything is."),
    ("people", "people:app", "People of the books: list, record, link to other systems, merge."),
    ("users", "users:app", "People who sign in: invite, give and take roles, let in and out."),
    ("clients", "clients:app", "Services that act with a secret: add, give new secrets, disable."),
    ("sync", "sync:app", "Bring the books of other systems and ours together; say where they differ."),
    ("killbill", "killbill:app", "Kill Bill, the outside billing engine: set it up, check it."),
    ("occupancies", "occupancies:app", "Who lives where by the property manager's system; link them with leases."),
    ("condo", "condo:app", "Condo, the property manager's system: check it, link properties."),
    (
        "listings",
        "listings:app",
        "Listings: list, show, draft, edit, approve, publish, withdraw; where portals differ.",
    ),
    ("inquiries", "inquiries:app", "Who asks about listings; tell landlords of it."),
    ("bookings", "bookings:app", "Bookings of listings and the leases that they became; take them."),
    ("cocorico", "cocorico:app", "Cocorico, the public portal outside: check it, print its account's rights."),
    ("verify", "proof:verify", "Prove that the books agree with themselves and with their audit chain."),
    ("replay", "proof:replay", "Build the books again from the log and compare them."),
    ("serve", "serving:serve", "Give the API over HTTP, with its description and the hooks of partners."),
    ("worker", "worker:worker", "Do the jobs that are due, by the schedules of the settings."),
    ("jobs", "jobs:app", "The jobs that wait, run or failed; replay and discard them."),
    ("hooks", "hooks:app", "The addresses that partners post to, and what they posted."),
    ("webhooks", "webhooks:app", "Who is told of events, with what keys; how far they are."),
    ("doctor", "upkeep:doctor", "Check the installation, with the fix for what is not well."),
    ("backup", "upkeep:backup", "Write everything into one file that proves itself."),
    ("restore", "upkeep:restore", "Put a backup back, all of it or nothing."),
)


def help_text() -> str:
    """What ``marketplace --help`` says; made without cyclopts, so that it costs no more than starting Python."""
    width = max(len(name) for name, _, _ in COMMANDS)
    rows = "\n".join(f"  {name.ljust(width)}  {words}" for name, _, words in COMMANDS)
    options = "  --help, -h            Say this and stop.\n  --version             Say the version and stop.\n"
    options += "  --install-completion  Install completion for this shell (bash, zsh, fish)."
    return f"Usage: marketplace COMMAND\n\n{HELP}\n\nCommands:\n{rows}\n\nOptions:\n{options}\n\n{EPILOGUE}"
