"""The ports of listings, bookings and inquiries: one a file."""
