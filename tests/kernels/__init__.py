"""Kernels against their slow twins."""
