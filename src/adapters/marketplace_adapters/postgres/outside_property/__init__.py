"""What is kept of a property manager's system outside on PostgreSQL."""
