"""What things are and what is true of them: values and pure functions, no I/O, no clock."""
