"""Tests of llmx: one folder per room."""
