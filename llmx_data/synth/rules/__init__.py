"""Instruction tasks made by rules, no model: each answer is computed, and checked another way."""

from llmx_data.synth.rules.making import KINDS, balanced, make_pool, rejects, tasks, verify
from llmx_data.synth.rules.task import Document, Kind, Pool, Task

__all__ = [
    "KINDS",
    "Document",
    "Kind",
    "Pool",
    "Task",
    "balanced",
    "make_pool",
    "rejects",
    "tasks",
    "verify",
]
