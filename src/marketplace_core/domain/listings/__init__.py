"""Listings: what is offered for let, who asks about it, and the bookings that become leases."""
