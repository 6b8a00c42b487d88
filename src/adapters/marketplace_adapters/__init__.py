"""Adapters: what connects the core's ports to databases, files and other systems."""
