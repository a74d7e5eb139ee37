"""Tests of the mix room and of `llmx mix`."""
