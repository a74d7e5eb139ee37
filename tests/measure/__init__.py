"""Measures: columns, values that can be checked by hand, empty texts."""
