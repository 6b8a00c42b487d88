"""What a property manager's system outside holds: properties, units, occupancies and tickets."""
