"""The law: facts, acts and policies give a verdict, its obligations and its reasons."""
