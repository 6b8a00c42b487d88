"""Cocorico as the public portal: listings are written there, bookings and inquiries are read, all on its MariaDB."""
