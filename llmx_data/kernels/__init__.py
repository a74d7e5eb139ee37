"""Pure functions on Arrow buffers or frames, each with a slow obvious twin in the tests."""
