"""Instruction data from a generator: requests planned, answered once, screened, published."""
