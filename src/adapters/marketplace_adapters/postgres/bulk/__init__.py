"""Bulk work on the books: whole portfolios by streams, COPY and set-based SQL instead of row by row."""
