"""The cards of this machine, as nvidia-smi tells them, and how long they may take."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from llmx_data.synth.sizes import Served

TIME_OUT_S = 5.0
"""Seconds that nvidia-smi may take: it answers in one, or hangs with a broken driver."""

QUERY = ("--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits")

CLASS_32B = (30e9, 34e9)
"""Parameters of dense models that the measured throughput is taken to hold for. Ours."""

TOKENS_PER_S = {"H100": (2000, 4000), "A100": (1700, 2650)}
"""Prompt and answer tokens a second of Qwen3-32B on one card under vLLM, from long to short
prompts, rounded: 2,353 to 4,006 on an H100, 1,731 to 2,657 on an A100 (GPUStack performance lab).
"""

SOURCE = "Qwen3-32B, untuned vLLM, GPUStack performance lab; not measured here"


@dataclass(frozen=True)
class Card:
    """A graphics card: its name, memory in GiB and compute capability, null where not told."""

    name: str
    gib: float
    compute_capability: float | None


@dataclass(frozen=True)
class Hours:
    """How long tokens may take on one card: the least and the most, and who measured."""

    least: float
    most: float
    source: str = SOURCE

    def line(self) -> str:
        """In a few words."""
        return f"{self.least:.1f} to {self.most:.1f} hours on one card ({self.source})"


def cards() -> list[Card]:
    """List the NVIDIA cards of this machine; empty where nvidia-smi is missing, fails or hangs."""
    try:
        done = subprocess.run(
            ["nvidia-smi", *QUERY],
            capture_output=True,
            text=True,
            timeout=TIME_OUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse_cards(done.stdout) if done.returncode == 0 else []


def parse_cards(text: str) -> list[Card]:
    """Read lines of name, MiB and compute capability; a line without memory gives no card."""
    found = []
    for line in text.splitlines():
        name, _, rest = line.strip().rpartition(",")[0].rpartition(",")
        capability = _number(line.rpartition(",")[2])
        mib = _number(rest)
        if name and mib is not None:
            found.append(Card(name.strip(), mib / 1024, capability))
    return found


def hours(tokens: int, served: Served, card: Card | str) -> Hours | None:
    """Give the range of hours for `tokens`, prompts and answers together, on one card.

    A figure is there for dense models of about 32 B on H100 and A100; None: there is none, and
    nothing is scaled to other sizes or cards.
    """
    name = card if isinstance(card, str) else card.name
    least, most = CLASS_32B
    dense = served.entry.active is None and least <= served.entry.parameters <= most
    for known, (slow, fast) in TOKENS_PER_S.items():
        if dense and known in name:
            return Hours(tokens / fast / 3600, tokens / slow / 3600)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text.strip())
    except ValueError:
        return None
