"""PostgreSQL: the books in one database, embedded by default or wherever a DSN points."""
