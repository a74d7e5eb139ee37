"""Engine settings for one model on cards of one kind, with the arithmetic that they follow from.

Not measured. What is assumed comes from a survey of vLLM 0.32 and 0.33.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.sizes import GIB, Quantization, Served

UTILIZATION = 0.92
"""Share of a card that vLLM takes: its default of gpu_memory_utilization."""

OVERHEAD_GIB = 1.5
"""Activations, CUDA graphs and the engine itself, on every card. Assumed."""

ENOUGH_TOKENS = 48 * 1024
"""Key-value tokens from which weights need not be made smaller: 48 sequences of 1 K. Ours."""

TIGHT_LEN, ROOMY_LEN = 4096, 8192
"""max_model_len with fewer tokens than that, and with as many. Ours."""

SEQUENCE = 1024
"""Tokens of a prompt and its answer, by which sequences are counted. Ours."""

MOST_SEQUENCES = 256
"""Largest max_num_seqs chosen: vLLM's default on most cards."""


@dataclass(frozen=True)
class Fit:
    """Engine settings for one model on cards of one kind, with the arithmetic behind them."""

    served: Served
    gpu_gib: float
    gpus: int
    quantization: Quantization
    kv_fp8: bool
    tensor_parallel: int
    tokens: int
    """Key-value tokens that one process has room for; below one sequence nothing fits."""
    smaller: tuple[Served, ...] = ()
    """Where it does not fit: sizes of the family that do, the largest first."""

    @property
    def fits(self) -> bool:
        """Whether one sequence of the shortest max_model_len has room."""
        return self.tokens >= min(TIGHT_LEN, self.served.entry.context)

    @property
    def repo(self) -> str:
        """Hub id to load."""
        return self.served.repo(self.quantization)

    @property
    def weights_gib(self) -> float:
        """Size of the weights, over all cards of a process."""
        return self.served.weights_gib(self.quantization)

    @property
    def generator_quantization(self) -> str | None:
        """What records carry: null for the weights as published, else how they were made small."""
        return None if self.quantization == "bf16" else self.quantization

    @property
    def processes(self) -> int:
        """Engines to start, each on `tensor_parallel` cards."""
        return self.gpus // self.tensor_parallel

    @property
    def max_model_len(self) -> int:
        """Longest prompt with its answer."""
        limit = ROOMY_LEN if self.tokens >= ENOUGH_TOKENS else TIGHT_LEN
        return min(limit, self.served.entry.context)

    @property
    def max_num_seqs(self) -> int:
        """Sequences at once: the power of two of 1 K sequences that have room, 256 at most."""
        room = max(1, self.tokens // SEQUENCE)
        return min(MOST_SEQUENCES, 1 << (room.bit_length() - 1))

    def options(self) -> dict[str, Any]:
        """Options of the engine. Errors: EnvironmentTrouble where nothing fits.

        `quantization` is null for weights that are quantized in the hub: the engine reads theirs.
        """
        if not self.fits:
            raise EnvironmentTrouble("\n    ".join(self.lines()))
        return {
            "quantization": self.quantization if self._online else None,
            "kv_cache_dtype": "fp8" if self.kv_fp8 else "auto",
            "max_model_len": self.max_model_len,
            "max_num_seqs": self.max_num_seqs,
            "tensor_parallel_size": self.tensor_parallel,
        }

    def lines(self) -> list[str]:
        """Tell the arithmetic, a line for each step, in English."""
        return self._told() if self.fits else self._refused()

    @property
    def _online(self) -> bool:
        return self.quantization not in ("bf16", *self.served.entry.quantized)

    @property
    def _cards(self) -> str:
        return f"{self.gpus} x {self.gpu_gib:.0f} GiB"

    @property
    def _kind(self) -> str:
        odd = self.quantization == "bf16" and self.served.entry.weights_gib is not None
        return "published" if odd else self.quantization

    def _refused(self) -> list[str]:
        least = self.weights_gib
        others = ", ".join(one.name for one in self.smaller) or "none known"
        return [
            f"{self.served.entry.alias} does not fit on {self._cards}: {self._kind} weights of "
            f"{least:.1f} GiB leave too little room (arithmetic, not measured)",
            f"smaller ones of the family that fit: {others}",
        ]

    def _told(self) -> list[str]:
        entry, at = self.served.entry, self.tensor_parallel
        weights = self.weights_gib
        room = UTILIZATION * self.gpu_gib - OVERHEAD_GIB - weights / at
        per = self.served.token_bytes(fp8=self.kv_fp8) / 1024
        shape = f"2 x {entry.layers} layers x {entry.kv_heads} heads x {entry.head_dim}"
        width = "1 byte" if self.kv_fp8 else "2 bytes"
        found = [
            f"{entry.alias} on {self._cards}: {self._kind} weights of {self.repo}, "
            f"processes {self.processes}, cards of each {at}; arithmetic, not measured",
            f"of a card: {UTILIZATION} x {self.gpu_gib:.1f} GiB, less {OVERHEAD_GIB} overhead "
            f"(assumed) and {weights:.1f} / {at} of weights: {room:.1f} GiB for keys and values",
            f"of a token: {shape} x {width} = {per:.0f} KiB / {at}; room for "
            f"{self.tokens:,} tokens, {self.tokens // SEQUENCE:,} sequences of {SEQUENCE:,}",
            f"max_model_len {self.max_model_len:,}, max_num_seqs {self.max_num_seqs}",
        ]
        whole = self.served.weights_gib() / at
        if self._online and whole > UTILIZATION * self.gpu_gib:
            found.append(
                f"fp8 is made while loading: an engine that first loads all {whole:.0f} GiB fails"
            )
        return found


def room_tokens(served: Served, gib: float, kind: Quantization, *, fp8: bool, at: int) -> int:
    """Key-value tokens that one process has room for on `at` cards of `gib` GiB; 0: none."""
    room = UTILIZATION * gib - OVERHEAD_GIB - served.weights_gib(kind) / at
    return max(0, int(room * GIB * at / served.token_bytes(fp8=fp8)))
