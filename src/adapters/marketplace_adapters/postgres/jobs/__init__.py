"""Jobs by procrastinate's tables, and what is kept in one transaction with them, in a schema of their own."""
