"""Select as a whole, and the choice itself on small tables.

Not named after its room: beside tests/check_tree.py a folder `select` would hide Python's own.
"""
