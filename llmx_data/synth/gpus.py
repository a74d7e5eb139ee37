"""The cards of this machine, as nvidia-smi tells them, and how long they may take."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from itertools import takewhile

from llmx_data.synth.sizes import Served

TIME_OUT_S = 5.0
"""Seconds that nvidia-smi may take: it answers in one, or hangs with a broken driver."""

QUERY = ("--query-gpu=uuid,name,memory.total,compute_cap", "--format=csv,noheader,nounits")

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


def chosen() -> list[str] | None:
    """Names in CUDA_VISIBLE_DEVICES, numbers or UUIDs, up to one that is none; None: not set."""
    said = os.environ.get("CUDA_VISIBLE_DEVICES")
    if said is None:
        return None
    names = (name.strip() for name in said.split(","))
    return list(takewhile(lambda name: name not in ("", "-1"), names))


def cards() -> list[Card]:
    """List the NVIDIA cards that this process may use, in the order of CUDA_VISIBLE_DEVICES.

    Empty where nvidia-smi is missing, fails or hangs. A part of a card (MIG) is none: nvidia-smi
    does not tell its memory here.
    """
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
    if done.returncode != 0:
        return []
    told = [line.strip().partition(",") for line in done.stdout.splitlines()]
    names = chosen()
    if names is not None:
        told = [found for name in names for found in _named(name, told)]
    return parse_cards("\n".join(rest for _, _, rest in told))


def _named(name: str, told: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Give the line of a card by its number or the beginning of its UUID, as CUDA takes them."""
    if name.isdecimal():
        return told[int(name) : int(name) + 1]
    return [line for line in told if line[0].startswith(name)][:1]


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
