"""How much generated records differ: lengths, n-grams, neighbours, and what they ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

SAMPLE = 2_000
"""Records read for everything but counts and lengths: those of the smallest ids, which are hashes.
Ours: 100,000 records take seconds, and figures of two runs can be compared."""

NEIGHBOURS = 1_000
"""Prompts of the sample among which the nearest is looked for: 0.1 to 0.5 s. Ours."""

UNITS = 20_000
"""Words or characters that distinct-n reads: it falls with the amount, so the amount is fixed."""

HEAD = 200
"""Characters of each text that distinct-n reads, so that many texts take part. Ours."""

NEAR = 0.7
"""Prompts nearer than this (ROUGE-L) were not taken by Self-Instruct (2022)."""

VERBS, OBJECTS, OPENINGS = 20, 4, 10
"""Size of the wheel, as in Self-Instruct (20 verbs with 4 nouns each), and openings shown."""

KEPT_CHARS = 2_000
"""Characters of a text that are kept in the sample, half from either end. Ours."""


@dataclass
class Pile:
    """What is known of one method's records: all lengths, and a sample of the texts."""

    chars: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    hashes: list[NDArray[np.uint64]] = field(default_factory=list)
    records: int = 0
    sample: pl.DataFrame | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Take records (id, prompt, answer); only the texts of the smallest ids stay."""
        for side in ("prompt", "answer"):
            lengths = frame[side].drop_nulls().str.len_chars().cast(pl.Int64).to_numpy()
            self.chars.setdefault(side, []).append(lengths)
        self.hashes.append(frame["prompt"].drop_nulls().hash().to_numpy())
        self.records += frame.height
        some = frame.sort("id").head(SAMPLE).with_columns(_edges("prompt"), _edges("answer"))
        both = some if self.sample is None else pl.concat([self.sample, some])
        self.sample = both.sort("id").head(SAMPLE)


def sides(records: pl.DataFrame) -> pl.DataFrame:
    """Give id, method, prompt and answer of records with messages and meta.

    A conversation counts with its first question and the first answer to it; a document has no
    prompt (null), and its text is the answer.
    """
    asked = pl.col("messages").list.eval(_said("user")).list.first()
    said = pl.col("messages").list.eval(_said("assistant")).list.first()
    answered = pl.coalesce(said, pl.when(pl.col("messages").is_null()).then(pl.col("text")))
    method = pl.col("meta").str.json_path_match("$.method").fill_null("unknown")
    return records.select("id", method=method, prompt=asked, answer=answered)


def _said(role: str) -> pl.Expr:
    turn = pl.element().struct
    return pl.element().filter(turn.field("role") == role).struct.field("content")


def _edges(side: str) -> pl.Expr:
    text, half = pl.col(side), KEPT_CHARS // 2
    cut = pl.concat_str([text.str.head(half), text.str.tail(half)])
    return pl.when(text.str.len_chars() > KEPT_CHARS).then(cut).otherwise(text).alias(side)


def piles(frames: Iterable[pl.DataFrame]) -> dict[str, Pile]:
    """Gather frames of `sides`, shard by shard, into one pile per method, by name.

    Memory: 16 bytes a record, and the sample of each method: 17 MB at most.
    """
    found: dict[str, Pile] = {}
    for frame in frames:
        for (method,), part in frame.partition_by("method", as_dict=True).items():
            found.setdefault(str(method), Pile()).add(part)
    return dict(sorted(found.items()))


def diversity(found: Mapping[str, Pile]) -> dict[str, Any]:
    """Figures of every method and of `all`, the wheel of requests, and how texts open.

    Cost: 2.4 s for 100,000 records of one method, 9 s with six: 1 s a method, for the sample.
    """
    whole = _together(found.values())
    assert whole.sample is not None
    methods = {name: figures(pile) for name, pile in found.items()}
    return {
        "sample": {"records": SAMPLE, "neighbours": NEIGHBOURS, "units": UNITS, "head": HEAD},
        "all": next(iter(methods.values())) if len(methods) == 1 else figures(whole),
        "methods": methods,
        "wheel": wheel(whole.sample["prompt"].drop_nulls()),
        "openings": {
            side: openings(whole.sample[side].drop_nulls()) for side in ("prompt", "answer")
        },
    }


def _together(found: Iterable[Pile]) -> Pile:
    """Join piles; the smallest ids of all are among the smallest of each."""
    whole = Pile()
    samples = []
    for pile in found:
        for side, lengths in pile.chars.items():
            whole.chars.setdefault(side, []).extend(lengths)
        whole.hashes += pile.hashes
        whole.records += pile.records
        if pile.sample is not None:
            samples.append(pile.sample)
    empty = pl.DataFrame(schema={"id": pl.String, "prompt": pl.String, "answer": pl.String})
    joined = pl.concat([s.select("id", "prompt", "answer") for s in samples]) if samples else empty
    whole.sample = joined.sort("id").head(SAMPLE)
    return whole


def figures(pile: Pile) -> dict[str, Any]:
    """Every figure of a pile; shares 0..1 with four decimals, lengths in characters."""
    from llmx_data.kernels.diversity import compressed_share, nearest
    from llmx_data.kernels.text import Texts

    assert pile.sample is not None
    prompts, answers = (pile.sample[side].drop_nulls() for side in ("prompt", "answer"))
    near = nearest(Texts(prompts.head(NEIGHBOURS)).folded)
    hashes = np.concatenate([np.zeros(0, np.uint64), *pile.hashes])
    repeated = len(hashes) - len(np.unique(hashes))
    ratio = compressed_share(prompts)
    return {
        "records": pile.records,
        "prompt_chars": _quartiles(pile.chars.get("prompt", [])),
        "answer_chars": _quartiles(pile.chars.get("answer", [])),
        "repeated_prompts_share": round(repeated / len(hashes), 4) if len(hashes) else None,
        "sample": pile.sample.height,
        "prompt": _distinct(prompts),
        "answer": _distinct(answers),
        "nearest": {
            "texts": len(near),
            "quartiles": [round(float(q), 4) for q in np.quantile(near, QUARTERS)],
            "near_share": round(float((near >= NEAR).mean()), 4),
        }
        if len(near) > 1
        else None,
        "compressed_share": round(ratio, 4) if ratio is not None else None,
        "kana_share": _kana(pl.concat([prompts, answers])),
    }


QUARTERS = (0.25, 0.5, 0.75)


def _quartiles(lengths: list[NDArray[np.int64]]) -> list[int] | None:
    every = np.concatenate([np.zeros(0, np.int64), *lengths])
    return [int(q) for q in np.quantile(every, QUARTERS, method="lower")] if len(every) else None


def _distinct(texts: pl.Series) -> dict[str, Any] | None:
    """Give distinct-1, 2 and 3 over words and characters, with the units that were read."""
    if not len(texts):
        return None
    from llmx_data.kernels.diversity import distinct
    from llmx_data.kernels.morphemes import surfaces

    found: dict[str, Any] = {}
    chars = [text[:HEAD] for text in texts]
    words: list[list[str]] = []
    read = 0
    for text in chars:
        if read >= UNITS:
            break
        words.append(surfaces(text))
        read += len(words[-1])
    for name, units in (("words", words), ("chars", chars)):
        shares = distinct(units, orders=(1, 2, 3), units=UNITS)
        found[name] = [round(share, 4) for share in shares]
        found[f"{name}_count"] = min(UNITS, sum(len(unit) for unit in units))
    return found


def _kana(texts: pl.Series) -> float | None:
    """Kana among the characters that are not white space, of prompts and answers together."""
    from llmx_data.kernels.chars import CLASSES
    from llmx_data.kernels.text import Texts

    counts = dict(zip(CLASSES, Texts(texts).classes.sum(axis=0).tolist(), strict=True))
    kana = sum(counts[name] for name in ("hiragana", "katakana", "kana_mark"))
    solid = sum(counts.values()) - counts["space"] - counts["newline"]
    return round(kana / solid, 4) if solid else None


def wheel(prompts: pl.Series) -> dict[str, Any]:
    """Most frequent verbs of requests with the nouns they are about, most records first."""
    from llmx_data.kernels.requests_ja import asked

    found = [one for prompt in prompts if (one := asked(prompt)) is not None]
    objects: dict[str, Counter[str]] = {}
    verbs = Counter(one.verb for one in found)
    for one in found:
        if one.object is not None:
            objects.setdefault(one.verb, Counter())[one.object] += 1
    return {
        "read": len(prompts),
        "found": len(found),
        "verbs_count": len(verbs),
        "verbs": [
            {"verb": verb, "records": n, "objects": _most(objects.get(verb, Counter()), OBJECTS)}
            for verb, n in _most(verbs, VERBS)
        ],
    }


def openings(texts: pl.Series) -> list[list[Any]]:
    """First phrases (bunsetsu) of texts and how many begin so, the most frequent first."""
    return _most(Counter(o for text in texts if (o := opening(text))), OPENINGS)


def opening(text: str) -> str:
    """Words up to the first particle or auxiliary, with those that follow it at once."""
    from llmx_data.kernels.morphemes import morphemes

    phrase = ""
    bound = False
    for word in morphemes(text[:OPENING_CHARS]):
        leans = word.pos1 in ("助詞", "助動詞", "接尾辞")
        if phrase and (word.pos1 == "補助記号" or (bound and not leans)):
            break
        if word.pos1 != "補助記号":
            phrase += word.surface
            bound = bound or leans
    return phrase


OPENING_CHARS = 30


def _most(counts: Counter[str], size: int) -> list[list[Any]]:
    return [list(pair) for pair in sorted(counts.items(), key=lambda p: (-p[1], p[0]))[:size]]
