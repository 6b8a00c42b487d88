"""Ports of who may sign in: logins, sessions, clients, attempts, credentials and messages; one a file."""
