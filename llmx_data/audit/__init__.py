"""Audit: the distinct licence tuples of a run, their verdicts, and what that means for its rows."""
