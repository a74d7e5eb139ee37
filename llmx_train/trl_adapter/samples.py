"""Answers to a few dev prompts while training: what the losses do not show."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import polars as pl

from llmx_train.recipe import Generate, Sft
from llmx_train.render import NOT_SUPERVISED
from llmx_train.trl_adapter.rows import Rows


def sampler(
    recipe: Sft, dev: Rows, tokenizer: Any, ends: list[int]
) -> Callable[[Any], list[dict[str, Any]]] | None:
    """Make a function of a model that answers dev prompts.

    It gives a dict per prompt: record_id, source, prompt, answer, expected, ended.

    The prompts are spread evenly over the dev rows, the same at every evaluation, up to the first
    supervised token. None where no samples are asked for or there is no dev row.
    """
    count = min(recipe.top.eval.samples, len(dev.frame))
    if not count:
        return None
    chosen = dev.frame[[i * len(dev.frame) // count for i in range(count)]]
    prompts = [_split(row, recipe.top.train.kind) for row in chosen.iter_rows(named=True)]

    def sample(model: Any) -> list[dict[str, Any]]:
        told = []
        for row, (prompt, expected) in zip(_named(chosen), prompts, strict=True):
            answer, ended = answered(model, prompt, recipe.top.eval.generate, ends)
            told.append({
                **row,
                "prompt": tokenizer.decode(prompt),
                "answer": tokenizer.decode(answer, skip_special_tokens=True),
                "expected": tokenizer.decode(expected, skip_special_tokens=True),
                "ended": ended,
            })  # fmt: skip
        return told

    return sample


def _named(chosen: pl.DataFrame) -> list[dict[str, Any]]:
    return chosen.select("record_id", "source").to_dicts()


def _split(row: dict[str, Any], kind: str) -> tuple[list[int], list[int]]:
    """Prompt and expected answer of a row: the first turn that is supervised."""
    if kind == "dpo":
        return row["prompt_ids"], row["chosen_ids"]
    labels = row["labels"]
    start = next(i for i, label in enumerate(labels) if label != NOT_SUPERVISED)
    end = next((i for i in range(start, len(labels)) if labels[i] == NOT_SUPERVISED), len(labels))
    return row["input_ids"][:start], row["input_ids"][start:end]


def answered(
    model: Any, prompt: list[int], generate: Generate, ends: list[int]
) -> tuple[list[int], bool]:
    """Answer token ids with token ids; tells too whether one of `ends` came within the limit.

    Random draws leave the trainer's own untouched, so that a run with samples trains the same.
    """
    import torch
    import transformers

    drawn = generate.temperature > 0
    options: dict[str, Any] = {}
    if drawn:
        options = {
            "temperature": generate.temperature, "top_p": generate.top_p,
            "top_k": generate.top_k, "min_p": generate.min_p,
        }  # fmt: skip
    settings: Any = transformers.GenerationConfig
    config = settings(
        do_sample=drawn,
        max_new_tokens=generate.max_new_tokens,
        repetition_penalty=generate.repetition_penalty,
        eos_token_id=ends,
        pad_token_id=ends[0],  # one row: nothing is padded
        **options,
    )
    was_training = model.training
    model.eval()
    ids = torch.tensor([prompt], device=model.device)
    with torch.random.fork_rng(), torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Position ids are not supported")  # PEFT, tuned prompts
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=config
        )
    model.train(was_training)
    new = out[0].tolist()
    new = new[len(prompt) :] if new[: len(prompt)] == prompt else new
    return new, bool(new) and new[-1] in ends
