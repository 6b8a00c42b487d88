"""Deciding each payment: evidence against rules, the search for sets, contradiction, and the making of certificates."""
