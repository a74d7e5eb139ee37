"""The shipped facts, and short ways to ask the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.license.facts import Facts, load
from llmx_data.license.schema import Purpose

ROOT = Path(__file__).parents[2] / "licenses"


@pytest.fixture(scope="session")
def facts() -> Facts:
    return load(ROOT)


def plan(facts: Facts, *acts: str, policy: str = "standard", kind: str = "unknown", **more: Any):
    """Make a purpose of some acts, for an actor in Japan."""
    actor = {"kind": kind, "jurisdiction": "JP", "training_location": "JP"} | more.pop("actor", {})
    made: Purpose = facts.purpose({"act": list(acts), "policy": policy, "actor": actor, **more})
    return made
