"""Select: at most so many records per value of a key, and at most so many in all."""
