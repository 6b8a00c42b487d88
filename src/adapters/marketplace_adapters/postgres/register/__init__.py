"""The register on PostgreSQL: one statement a page, by keys, never by counting rows off."""
