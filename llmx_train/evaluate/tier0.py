"""Tier 0: how well a model foretells the dev split, and how its answers to it are shaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_train.evaluate.requests import Direction, Exam, Output, Request, Row, Score, Weigh, Write
from llmx_train.evaluate.rules import kept_rules
from llmx_train.evaluate.shape import shape
from llmx_train.evaluate.subject import Subject

IGNORED = -100
"""Label of a token that is not supervised."""

ANSWERS = 128
"""Most dev prompts that are answered, over all sources. Ours: half the width of the interval of a
share of 0.5 is then 0.09."""

FIT_METRICS: dict[str, Direction] = {"nll": "lower", "bits_per_char": "lower"}
FORM_METRICS: dict[str, Direction] = {
    "ended_share": "higher",
    "loop_share": "lower",
    "rules_kept_share": "higher",
    "japanese_share": "none",
    "chars": "none",
}

COLUMNS = ("record_id", "source", "input_ids", "labels")


class Dev(NamedTuple):
    """One row of the dev tokens."""

    item: str
    source: str
    ids: list[int]
    scored: list[int]
    """Positions of supervised tokens that have a token before them."""


def dev_rows(frame: pl.DataFrame, *, limit: int | None = None) -> list[Dev]:
    """Rows of tokens/dev.parquet with anything to foretell, at most `limit` of a source.

    Of preference pairs the chosen answer is foretold. Chosen by the hash of their ids, given in
    the file's order. Errors: DataError where a column lacks or an id stands twice.
    """
    if {"prompt_ids", "chosen_ids"} <= set(frame.columns):
        frame = _chosen(frame)
    lacking = [name for name in COLUMNS if name not in frame.columns]
    if lacking:
        raise DataError(f"the dev tokens lack {', '.join(lacking)}\n    prepare them again")
    if frame["record_id"].is_duplicated().any():
        raise DataError("the dev tokens hold a record twice\n    prepare them again")
    rows = [row for row in map(_dev, frame.select(COLUMNS).iter_rows()) if row.scored]
    if limit is None:
        return rows
    taken: dict[str, int] = {}
    kept = set()
    for row in sorted(rows, key=lambda r: content_key(["dev", r.item])):
        taken[row.source] = taken.get(row.source, 0) + 1
        if taken[row.source] <= limit:
            kept.add(row.item)
    return [row for row in rows if row.item in kept]


def _chosen(frame: pl.DataFrame) -> pl.DataFrame:
    """Preference pairs as conversations of prompt and chosen answer."""
    unsupervised = pl.col("prompt_ids").list.eval(pl.element() * 0 + IGNORED)
    return frame.with_columns(
        input_ids=pl.col("prompt_ids").list.concat("chosen_ids"),
        labels=unsupervised.list.concat("chosen_ids"),
    )


def _dev(row: tuple[Any, ...]) -> Dev:
    item, source, ids, labels = row
    scored = [k for k, label in enumerate(labels) if label != IGNORED and k > 0]
    return Dev(item, source, list(ids), scored)


def fit_exam(rows: list[Dev], subject: Subject) -> Exam:
    """Likelihood of every supervised token: `nll` in nats a token, `bits_per_char` of the answer.

    Means over a source are weighted by tokens or characters. `bits_per_char` counts the end token
    too, and alone compares models of different tokenizers.
    """
    chars = {row.item: len("".join(_answers(subject.tokenizer, row))) for row in rows}
    requests: list[Request] = [
        Weigh("", row.item, row.source, "", (Row(row.ids, row.scored),)) for row in rows
    ]

    def score(request: Request, output: Output) -> dict[str, Score]:
        tokens, nats = int(output["tokens"][0]), -float(output["logprobs"][0])
        told = {"nll": Score(nats / tokens, tokens)}
        count = chars[request.item]
        if count:
            told["bits_per_char"] = Score(nats / math.log(2) / count, count)
        return told

    return Exam("dev/fit", "fit", requests, score, FIT_METRICS, {"task": "dev"})


def answers_exam(rows: list[Dev], subject: Subject, *, most: int = ANSWERS) -> Exam:
    """Answers to the first prompts of dev records: how they end, loop, and keep to rules.

    Prompts are the tokens before the first supervised one, as they were trained; documents, which
    are supervised from their beginning, have none.
    """
    prompted = [row for row in rows if row.scored[0] > 1]
    asked = sorted(prompted, key=lambda r: content_key(["answers", r.item]))[:most]
    prompts = {row.item: _prompt(subject.tokenizer, row) for row in asked}
    requests: list[Request] = [
        Write("", row.item, row.source, prompts[row.item], tuple(row.ids[: row.scored[0]]))
        for row in prompted
        if row.item in prompts
    ]
    return Exam(
        "dev/answers",
        "form",
        requests,
        _form_score(prompts),
        FORM_METRICS,
        {"task": "dev"},
    )


def _form_score(prompts: dict[str, str]) -> Callable[[Request, Output], dict[str, Score]]:
    def score(request: Request, output: Output) -> dict[str, Score]:
        text = str(output["text"])
        told = {"ended_share": Score(float(output["finished"]))}
        told |= {name: Score(value) for name, value in shape(text).items()}
        rules = kept_rules(prompts[request.item], text)
        if rules:
            kept = sum(rule.kept for rule in rules) / len(rules)
            told["rules_kept_share"] = Score(kept)
        return told

    return score


def trained_stops(rows: list[Dev], tokenizer: Any) -> tuple[int, ...]:
    """Find the special tokens that end what is supervised: where a trained answer stops."""
    special = set(tokenizer.all_special_ids)
    last = {row.ids[end] for row in rows for end in _ends(row)}
    return tuple(sorted(last & special))


def _ends(row: Dev) -> Iterator[int]:
    """Last special position of each supervised span: its last token, or the one before it."""
    scored = set(row.scored)
    for position in row.scored:
        if position + 1 not in scored:
            yield position
            if position - 1 in scored:
                yield position - 1


def _answers(tokenizer: Any, row: Dev) -> list[str]:
    """Texts of the supervised spans, without special tokens."""
    spans: list[list[int]] = []
    for position in row.scored:
        if not spans or position != spans[-1][-1] + 1:
            spans.append([])
        spans[-1].append(position)
    return [
        str(tokenizer.decode([row.ids[p] for p in span], skip_special_tokens=True))
        for span in spans
    ]


def _prompt(tokenizer: Any, row: Dev) -> str:
    return str(tokenizer.decode(row.ids[: row.scored[0]], skip_special_tokens=True))
