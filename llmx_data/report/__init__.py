"""Report: what came in, what went and why, what it costs, what may be done with the result."""
