"""Tickets: open them, work on them, and keep them in step with a system outside."""
