"""Pure functions on Arrow buffers or frames, each with a slow obvious twin in the tests."""

from __future__ import annotations

from pathlib import Path


def compiled() -> bool:
    """Whether kernels were compiled on this machine before (numba keeps them beside the code)."""
    return any((Path(__file__).parent / "__pycache__").glob("*.nbi"))
