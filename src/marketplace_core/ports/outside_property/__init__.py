"""The ports to a property manager's system outside."""
