"""Checking a certificate again on the books, without the code that decided: read ``verifier`` first.

Its own, nothing of it shared with deciding: which rules match (by their criteria as written), the search for sets of
invoices, slices and sums, contradiction, leases in another currency, outcome, rivals. Shared as code, and so not
checked independently: which evidence and open invoices the books hold (``claims``, ``books``, ``namesakes``), how two
texts are read and compared (``reading``, ``names``, ``phones``), the invoices of a named month (``months``), the
digests (``digests``) and the limits (``limits``).
"""
