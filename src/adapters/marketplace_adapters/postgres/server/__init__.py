"""The PostgreSQL server itself: where it is, who runs it, how it is started, shared and stopped."""
