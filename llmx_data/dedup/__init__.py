"""Dedup: exact, then MinHash with every candidate verified; the survivor is chosen by rule."""
