"""What an outside billing engine does for us, and what is kept of it here."""
