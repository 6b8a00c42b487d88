"""The command line ``marketplace``: one module a group of commands."""
