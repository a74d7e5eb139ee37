"""A corpus with known near-duplicates: documents of real sentences, variants, true Jaccard.

    python benchmarks/corpus.py --documents 200000 --seed 1 --out build/planted

Sentences come from the Wikipedia passages of JaQuAD (CC BY-SA 3.0) below $LLMX_SHARED_DATA where
they are, else from a seeded generator of pseudo-Japanese. Nothing of them is kept in this project.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from measure import SHARED_DATA, texts
from numpy.typing import NDArray

from llmx_data.kernels.jaccard import verify
from llmx_data.kernels.shingles import Shingles, char_shingles
from llmx_data.kernels.text import Texts

PASSAGES = Path("documents/jaquad_contexts_train.jsonl.zst")
VARIANTS = 0.2  # share of documents that are variants of another
EXACT = 0.2  # share of the variants that are exact copies
EDITS = (0.02, 0.4)  # share of sentences dropped, replaced or edited in the others
LENGTH = (6.7, 0.62)  # log-normal: mean exp(6.7 + .62**2 / 2) = 985 characters
BATCH = 4000  # pairs whose Jaccard is taken at once: 8 M shingles, 64 MB


@dataclass(frozen=True)
class Sentences:
    """Sentences as strings and their lengths in characters."""

    texts: list[str]
    lengths: NDArray[np.int64]


def planted(n: int, seed: int, sentences: Sentences | None = None) -> pl.DataFrame:
    """Make n documents, 20 % of them variants of one of the others.

    Columns: id (UInt32, row), text, base (UInt32, the id of the document that this one was made
    from; its own id where it is no variant), true_jaccard (Float64: Jaccard of the char 5-gram sets
    of the two, NFKC, white space removed; null where it is no variant). A document has one variant
    at most; documents are in random order. Cost: 60 us a document. Errors: ValueError for n < 5.
    """
    if n < 5:
        raise ValueError(f"n must be at least 5, not {n}")
    pool = sentences or real_sentences() or pseudo_sentences(seed)
    rng = np.random.default_rng([seed, n])
    variants = int(n * VARIANTS)
    documents = _draw(pool, n - variants, rng)
    sources = rng.permutation(n - variants)[:variants]
    exact = rng.random(variants) < EXACT
    made = [
        documents[source] if same else _edit(documents[source], pool, rng)
        for source, same in zip(sources.tolist(), exact.tolist(), strict=True)
    ]
    places = rng.permutation(n)
    bases = places.copy()
    bases[n - variants :] = places[sources]
    frame = pl.DataFrame(
        {
            "id": places.astype(np.uint32),
            "text": ["".join(parts) for parts in documents + made],
            "base": bases.astype(np.uint32),
        }
    ).sort("id")
    return frame.with_columns(true_jaccard=_true_jaccard(frame))


def real_sentences() -> Sentences | None:
    """Sentences of 8-200 characters of the JaQuAD passages, each once; None where they are not."""
    path = SHARED_DATA / PASSAGES
    if not path.exists():
        return None
    found = (s for text in texts([path]) for s in re.findall(r"[^。\n]+。", text))
    return _pool(s for s in dict.fromkeys(found) if 8 <= len(s) <= 200)


def pseudo_sentences(seed: int, count: int = 60_000) -> Sentences:
    """Sentences of made-up words (1-2 kanji, then a particle), which mean nothing."""
    rng = np.random.default_rng(seed)
    kanji = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1500))
    words = ["".join(kanji[i] for i in rng.integers(0, 1500, size)) for size in (1, 2) * 4000]
    ends = ["を", "に", "は", "が", "の", "と", "で", "も", "から", "まで", "した", "する", "れば"]
    lengths = rng.integers(3, 15, count)
    picks = (rng.random(lengths.sum()) ** 2 * len(words)).astype(int).tolist()
    joints = rng.integers(0, len(ends), lengths.sum()).tolist()
    parts = [words[i] + ends[j] for i, j in zip(picks, joints, strict=True)]
    stops = np.cumsum(lengths).tolist()
    starts = [0, *stops[:-1]]
    return _pool("".join(parts[i:j]) + "。" for i, j in zip(starts, stops, strict=True))


def _pool(texts: Iterable[str]) -> Sentences:
    kept = [t for t in texts if not unicodedata.combining(t[0])]
    return Sentences(kept, np.array([len(t) for t in kept], dtype=np.int64))


def _draw(pool: Sentences, count: int, rng: np.random.Generator) -> list[list[str]]:
    """Documents as lists of sentences: sampled until the document's length is reached."""
    wanted = np.exp(rng.normal(*LENGTH, count))
    picks = rng.integers(0, len(pool.texts), int(wanted.sum() / pool.lengths.mean() * 1.1) + 9)
    ends = np.cumsum(pool.lengths[picks])
    bounds = np.searchsorted(ends, np.cumsum(wanted)).tolist()
    chosen = picks.tolist()
    return [
        [pool.texts[i] for i in chosen[start : max(stop, start + 1)]]
        for start, stop in zip([0, *bounds[:-1]], bounds, strict=True)
    ]


def _edit(document: list[str], pool: Sentences, rng: np.random.Generator) -> list[str]:
    """Drop, replace or edit a share of the sentences, at least one."""
    parts: list[str] = list(document)
    count = max(1, round(rng.uniform(*EDITS) * len(parts)))
    hit = rng.permutation(len(parts))[:count].tolist()
    for place, kind in zip(hit, rng.integers(0, 3, count).tolist(), strict=True):
        other = pool.texts[int(rng.integers(len(pool.texts)))]
        if kind == 0 and len(parts) > count:
            parts[place] = ""
        elif kind == 1:
            parts[place] = other
        else:
            cut = int(rng.integers(1, len(parts[place])))
            parts[place] = (
                parts[place][: cut - 1] + other[: int(rng.integers(1, 4))] + parts[place][cut:]
            )
    return parts


def _true_jaccard(frame: pl.DataFrame) -> pl.Series:
    """Jaccard of each variant with its base, BATCH pairs at a time."""
    variants = frame.filter(pl.col("id") != pl.col("base"))
    parts = []
    for batch in variants.iter_slices(BATCH):
        bases = frame["text"].gather(batch["base"])
        shingles: Shingles = char_shingles(Texts(pl.concat([batch["text"], bases])).folded, n=5)
        one = np.arange(len(batch))
        parts.append(verify(shingles, one, one + len(batch))[0])
    values = pl.DataFrame({"id": variants["id"], "j": np.concatenate(parts)})
    return frame.join(values, on="id", how="left", maintain_order="left")["j"]


def main() -> None:
    """Write a corpus as Parquet and as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/planted"))
    options = parser.parse_args()
    frame = planted(options.documents, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(options.out / "planted.parquet")
    frame.write_ndjson(options.out / "planted.jsonl")
    mean = frame["text"].str.len_chars().sum() // len(frame)
    print(f"{len(frame)} documents, {mean} characters each, in {options.out}")


if __name__ == "__main__":
    main()
