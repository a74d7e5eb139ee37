"""The road as a whole, run as a user runs it."""
