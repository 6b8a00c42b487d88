"""Tickets: what is to be repaired, by whom, and how it went."""
