"""Merge an adapter into its base, and check that the answers are the same."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError
from llmx_data.core.storage import write_json
from llmx_train.tokenizers import load_tokenizer
from llmx_train.trl_adapter import adapters

MOST_DIFFERENCE = 1e-5
"""Largest difference of a score that 32-bit rounding explains; 2e-7 was seen. Ours."""

PROBES, PROBE_TOKENS = 4, 32
"""Rows of random tokens that are compared where none are given."""

REPORT = "merge.json"

ENDS = "generation_config.json"
"""Tells engines what ends an answer; training wrote it beside the adapter."""


@dataclass(frozen=True)
class MergeReport:
    """How equal base with adapter and merged weights are."""

    max_difference: float
    """Of any score of any probe, in 32 bits; at most MOST_DIFFERENCE."""
    max_score: float
    """Largest score, to see the difference against."""
    probes: int
    dtype: str
    """Type of the saved weights."""
    saved_difference: float
    """Of the saved weights, read again: rounding to `dtype` is in it."""
    quantized: bool
    """Trained on 4-bit weights: the merged model stands on others than it was trained on."""


def merge(
    base: Path,
    adapter: Path,
    out: Path,
    *,
    dtype: str = "bfloat16",
    probes: Sequence[Sequence[int]] | None = None,
    quantized: bool = False,
    seed: int = 0,
) -> MergeReport:
    """Merge LoRA, DoRA or QLoRA into the unquantized base; write weights, tokenizer, merge.json.

    Both are computed in 32 bits on the probes before anything is written. Memory: 4 bytes per
    parameter, twice that while the saved weights are read again.
    Errors: DataError for a tuned prompt, for an adapter that does not fit, and where the merged
    model answers otherwise.
    """
    if not adapters.is_adapter(adapter):
        raise DataError(f"{adapter}: no adapter here, nothing to merge")
    kind = adapters.kind_of(adapter)
    if kind != "LORA":
        raise DataError(
            f"{adapter}: {kind} cannot be merged: virtual tokens stand before the text, not in "
            "the weights\n    publish it beside its base"
        )
    import torch

    model = adapters.load_tuned(base, adapter, dtype="float32").eval()
    rows = [list(row) for row in probes] if probes else _random(model, seed)
    before = _scores(model, rows)
    model = adapters.merged(model)
    difference = _difference(before, _scores(model, rows))
    if not difference <= MOST_DIFFERENCE:
        raise DataError(
            f"{adapter}: merged, scores differ by {difference:.2g}, more than {MOST_DIFFERENCE:g}"
            "\n    the base is another than the adapter was trained on, or numbers overflow"
        )
    model.to(getattr(torch, dtype)).save_pretrained(out)
    load_tokenizer(adapter).save_pretrained(out)
    if (adapter / ENDS).is_file():
        shutil.copyfile(adapter / ENDS, out / ENDS)
    (out / "README.md").unlink(missing_ok=True)
    saved = _scores(adapters.load_model(out, dtype=dtype).float().eval(), rows)
    report = MergeReport(
        difference, max(float(s.abs().max()) for s in before), len(rows), dtype,
        _difference(before, saved), quantized,
    )  # fmt: skip
    write_json(out / REPORT, asdict(report))
    return report


def _random(model: Any, seed: int) -> list[list[int]]:
    draw, size = random.Random(seed), model.config.get_text_config().vocab_size
    return [[draw.randrange(size) for _ in range(PROBE_TOKENS)] for _ in range(PROBES)]


def _scores(model: Any, rows: Sequence[Sequence[int]]) -> list[Any]:
    import torch

    with torch.no_grad():
        return [model(input_ids=torch.tensor([list(row)])).logits[0].float() for row in rows]


def _difference(one: Sequence[Any], other: Sequence[Any]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
