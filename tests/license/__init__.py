"""Tests of the law: facts, expressions, the gate."""
