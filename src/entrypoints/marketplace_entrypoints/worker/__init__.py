"""The worker: does what is due, over the same services as the command line."""
