"""Tests of recovering origins."""
