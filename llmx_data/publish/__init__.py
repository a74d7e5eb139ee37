"""Publish: the only stage that lets rows go; it writes dataset/ and everything that must ship."""
