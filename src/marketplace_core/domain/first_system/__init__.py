"""The first system's book: its files column by column, checked as a whole, and the plan of its import."""
