"""Dedup as a whole: recipes in, drop rows and edges out."""
