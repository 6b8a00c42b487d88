"""Listings, their copies, applications, inquiries and the public's search on PostgreSQL."""
