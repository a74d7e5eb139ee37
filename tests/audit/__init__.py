"""Audit: tuples, groups, pages."""
