"""Listings at work: people keep them, portals show them, bookings and inquiries come back."""
