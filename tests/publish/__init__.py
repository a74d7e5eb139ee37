"""Publish: files, cards, attribution."""
