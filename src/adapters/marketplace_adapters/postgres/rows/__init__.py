"""Domain values as rows of the books' tables, and back: one module a subject."""
