"""What the core needs from outside: one Protocol a file, own types only.

Writing goes through ``books`` (any facts, one transaction, one link of the event log), ``billing_runs`` and
``payment_inbox`` (in bulk); every other port reads.
"""
