"""Use cases that keep the books in step with a property manager's system outside."""
