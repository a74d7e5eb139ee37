"""What a training run writes while it goes: log.jsonl, samples.jsonl; and when it stops."""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from llmx_data.core.errors import DataError
from llmx_data.core.progress import Talk
from llmx_train.checkpoint import Counters, mark_whole

LOG, SAMPLES = "log.jsonl", "samples.jsonl"
Ended = Literal["finished", "hours", "interrupted"]
ENDS: tuple[Ended, ...] = ("finished", "hours", "interrupted")
"""How a run ends, the stronger reason last."""

Sampler = Callable[[Any], list[dict[str, Any]]]

MORE = {
    "mean_token_accuracy": "token_accuracy",
    "rewards/margins": "margin",
    "rewards/accuracies": "preferred_share",
}
"""Figures of TRL that are kept, and what they are called here."""


@dataclass(frozen=True)
class Moment:
    """Where a run stands."""

    step: int
    epoch: float
    steps: int
    """Optimizer steps of the whole run."""

    @classmethod
    def of(cls, state: Any) -> Moment:
        """From the trainer's state."""
        return cls(state.global_step, round(float(state.epoch or 0), 6), state.max_steps)


@dataclass
class Watch:
    """Counts, writes rows, marks checkpoints whole, and says when to stop.

    It knows nothing of trainers, so all of it can be tried without one.
    """

    folder: Path
    fingerprint: str
    """Of all that decides the weights; a checkpoint of another run is not gone on from."""
    hours: float | None = None
    """Most hours of the run; then it saves and ends."""
    flops_per_token: float | None = None
    peak_flops: float | None = None
    """Of all cards together; null: no MFU."""
    sampler: Sampler | None = None
    talk: Talk | None = None
    counters: Counters = field(default_factory=Counters)
    agree: Callable[[int], int] | None = None
    """Gives the largest number of all processes: they end at the same step, or wait for ever."""
    interrupted: bool = False
    """Set from a signal: the step in hand is finished and saved."""
    ended: Ended = "finished"
    writes: bool = True
    """False in every process but the first."""
    first_loss: float | None = None
    last_loss: float | None = None
    dev: dict[str, float] = field(default_factory=dict)
    _since: Counters = field(default_factory=Counters)
    _mark: float = 0.0
    _began: float = 0.0

    def begin(self, moment: Moment) -> None:
        """Start the clocks; rows beyond this step were not saved and come again."""
        self._mark = self._began = time.monotonic()
        self._began -= self.counters.elapsed
        self._since = Counters(**asdict(self.counters))
        if self.writes:
            for name in (LOG, SAMPLES):
                rows = keep_until(self.folder / name, moment.step)
                losses = [row["loss"] for row in rows if row.get("kind") == "train"]
                if losses:
                    self.first_loss, self.last_loss = losses[0], losses[-1]
        if self.talk:
            self.talk.stage("train", moment.steps - moment.step, "steps")

    def count(self, *, tokens: int, supervised: int, rows: int) -> None:
        """Count one forward pass."""
        self.counters.tokens += tokens
        self.counters.supervised += supervised
        self.counters.rows += rows

    def stop_at(self, moment: Moment) -> bool:
        """Whether to save and end after this optimizer step."""
        now = time.monotonic()
        self.counters.seconds += now - self._mark
        self.counters.elapsed = now - self._began
        self._mark = now
        if self.talk:
            self.talk.advance(1)
        if self.interrupted:
            self.ended = "interrupted"
        elif self.hours is not None and self.counters.elapsed >= self.hours * 3600:
            self.ended = "finished" if moment.step >= moment.steps else "hours"
        if self.agree is not None:
            self.ended = ENDS[self.agree(ENDS.index(self.ended))]
        return self.ended != "finished"

    def train_row(self, moment: Moment, logs: Mapping[str, float]) -> None:
        """Write a row of log.jsonl. Errors: DataError for a loss that is no number."""
        loss = float(logs["loss"])
        tokens = self.counters.tokens - self._since.tokens
        seconds = self.counters.seconds - self._since.seconds
        rate = tokens / seconds if seconds > 0 else None
        self._since = Counters(**asdict(self.counters))
        row: dict[str, Any] = {
            "kind": "train", "step": moment.step, "epoch": moment.epoch, "loss": _finite(loss),
            "lr": logs.get("learning_rate"), "grad_norm": _finite(logs.get("grad_norm")),
            "tokens": self.counters.tokens, "supervised": self.counters.supervised,
            "seconds": round(self.counters.seconds, 3),
            "tokens_per_second": None if rate is None else round(rate, 1),
            "mfu": self._mfu(rate), **memory_mb(),
        }  # fmt: skip
        row |= {name: logs[theirs] for theirs, name in MORE.items() if theirs in logs}
        self._append(LOG, row)
        if not math.isfinite(loss):
            raise DataError(
                f"{self.folder}: the loss is {loss} at step {moment.step}\n    lower train.lr, or "
                "take bf16 instead of fp16; checkpoints of before are kept"
            )
        self.first_loss = loss if self.first_loss is None else self.first_loss
        self.last_loss = loss

    def dev_row(self, moment: Moment, found: Mapping[str, float], model: Any) -> None:
        """Write the losses of all sources as one row, and answers to the sample prompts."""
        ends = "_loss"
        losses = {k[5:-5]: float(v) for k, v in found.items() if k.endswith(ends) and k[5:-5]}
        counted = {name: found.get(f"eval_{name}_supervised", 1) for name in losses}
        total = sum(counted.values())
        mean = sum(losses[n] * counted[n] for n in losses) / total if total else None
        self.dev = losses
        row = {"kind": "dev", "step": moment.step, "epoch": moment.epoch}
        self._append(LOG, row | {"loss": mean, "sources": losses})
        for sample in self.sampler(model) if self.sampler is not None and self.writes else []:
            self._append(SAMPLES, {"step": moment.step, **sample})
        self._mark = time.monotonic()

    def saved(self, moment: Moment) -> None:
        """Mark the checkpoint of this step whole: with the sizes of its files, and our counts."""
        folder = self.folder / "checkpoints" / f"checkpoint-{moment.step}"
        self.counters.elapsed = time.monotonic() - self._began
        mark_whole(folder, moment.step, self.fingerprint, self.counters)
        self._mark = time.monotonic()

    def _mfu(self, rate: float | None) -> float | None:
        """Model FLOPs utilization, 0..1: tokens/s x FLOPs per token / peak of the cards."""
        if rate is None or self.flops_per_token is None or self.peak_flops is None:
            return None
        return round(rate * self.flops_per_token / self.peak_flops, 4)

    def _append(self, name: str, row: Mapping[str, Any]) -> None:
        if self.writes:
            with (self.folder / name).open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if value is not None and math.isfinite(value) else None


def keep_until(path: Path, step: int) -> list[dict[str, Any]]:
    """Cut a file of rows after the last one of `step`, torn lines too; gives the rows kept."""
    if not path.is_file():
        return []
    kept = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            break
        if row["step"] > step:
            break
        kept.append(row)
    if step == 0:
        kept = []
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
    path.write_text(text, encoding="utf-8")
    return kept


def memory_mb() -> dict[str, int | None]:
    """Memory of this process and of its card, in MB of 10^6 bytes; null without a card."""
    unit = 1 if sys.platform == "darwin" else 1024
    told: dict[str, int | None] = {
        "rss_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 10**6,
        "vram_mb": None, "vram_reserved_mb": None, "vram_peak_mb": None,
    }  # fmt: skip
    status = Path("/proc/self/statm")
    if status.is_file():
        told["rss_mb"] = int(status.read_text().split()[1]) * resource.getpagesize() // 10**6
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        told["vram_mb"] = torch.cuda.memory_allocated() // 10**6
        told["vram_reserved_mb"] = torch.cuda.memory_reserved() // 10**6
        told["vram_peak_mb"] = torch.cuda.max_memory_allocated() // 10**6
    return told
