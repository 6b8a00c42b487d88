"""Entrypoints: the ways in which people and programs start the core with its adapters."""
