"""Recover the origins of an aggregate built from real data: recall, wrong origins, speed.

    python benchmarks/recover.py [--share 1.0] [--out runs/recover]

Five known sets are mixed with rows that are in none of them (a fifth of the mix), shuffled, under
other column names and without a source column. Bars: recall .98 and no wrong origin, each for
plain rows, after NFKC, after masking, with answers cut to 200 characters, and all of that.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import yaml
import zstandard

from llmx_data.core.progress import Talk
from llmx_data.core.run import Run, open_run
from llmx_data.pii.mask import Mask
from llmx_data.plan import read_plan
from llmx_data.recovering import recover
from llmx_data.road import curate

DATA = Path(
    os.environ.get("LLMX_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
RECALL, CUT, HIDDEN, LIGHTLY = 0.98, 200, 0.2, 0.01


class Row(NamedTuple):
    """One row of the mix and the set it truly comes from; None where that is not known."""

    origin: str | None
    prompt: str
    context: str
    answer: str


class Score(NamedTuple):
    """What became of one mix; `wrong` are rows given an origin that is not theirs."""

    rows: int
    recoverable: int
    right: int
    wrong: int
    ambiguous: int
    seconds: float
    methods: dict[str, int]

    @property
    def recall(self) -> float:
        """Rows of known sets that were given their origin."""
        return self.right / max(self.recoverable, 1)


def read(name: str) -> list[dict[str, Any]]:
    """Rows of a JSON lines file, plain, .gz or .zst."""
    path = DATA / name
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    elif path.suffix == ".gz":
        data = gzip.decompress(data)
    return [json.loads(line) for line in data.split(b"\n") if line.strip()]


DOLLY = "instruction/databricks-dolly-15k-ja.part.jsonl.zst"
SEED = "instruction/alpaca_seed_tasks_jp.jsonl"
MEGAGON = "instruction/megagonlabs_instruction_ja.jsonl"
PERSONA = "dialogue/real_persona_chat_1500.jsonl.zst"
ELYZA = "eval/elyza_tasks_100.jsonl"
OPEN2CH = "dialogue/open2ch_dev.jsonl.zst"
QUIZ = "eval/jglue_jcommonsenseqa_valid-v1.3.json.gz"


def known_rows() -> Iterator[Row]:
    """Rows of the known sets: of dialogues one exchange, the longest."""
    for row in read(DOLLY)[::2]:
        yield Row("dolly", row["instruction"], row["input"], row["output"])
    for row in read(SEED):
        yield Row("seed", row["instruction"], row["input"], row["output"])
    for row in read(MEGAGON):
        said = [turn["text"] for turn in row["utterances"]]
        yield Row("megagon", *longest(said))
    for row in read(PERSONA):
        yield Row("persona", *longest([turn["text"] for turn in row["utterances"]]))
    for row in read(ELYZA):
        yield Row("elyza", row["input_text"], "", row["output_text"])


def longest(said: list[str]) -> tuple[str, str, str]:
    """User turn, no context, and the turn after it, of the exchange with most characters."""
    pairs = list(zip(said[::2], said[1::2], strict=False))
    one = max(pairs, key=lambda pair: len(pair[0] + pair[1]))
    return one[0], "", one[1]


def hidden_rows() -> dict[str, list[Row]]:
    """Rows of no known set: held out of one, machine translations of another, and other sets."""
    board = [[turn["text"] for turn in row["utterances"]] for row in read(OPEN2CH)]
    lines = (DATA / "eval/mgsm_ja.tsv").read_text(encoding="utf-8").splitlines()
    raw = [row["original_info"]["utterances"]["machine_translated_ja"] for row in read(MEGAGON)]
    return {
        "held out": [
            Row(None, row["instruction"], row["input"], row["output"]) for row in read(DOLLY)[1::2]
        ],
        "translations": [Row(None, *longest([turn["text"] for turn in said])) for said in raw],
        "board": [Row(None, said[0], "", said[1]) for said in board],
        "quiz": [Row(None, row["question"], "", row["choice0"]) for row in read(QUIZ)],
        "maths": [Row(None, *line.split("\t")[:1], "", line.split("\t")[1]) for line in lines],
    }


def plain(text: str) -> str:
    """Fold a text, the slow obvious way."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def mixed(share: float) -> list[Row]:
    """Known rows and, for every four of them, a hidden one, shuffled; none stands in two sets."""
    draw = random.Random("mix")
    rows = [row for row in known_rows() if share == 1 or draw.random() < share]
    taken = {plain(row.prompt + row.context + row.answer) for row in known_rows()}
    groups = hidden_rows()
    wanted = round(len(rows) * HIDDEN / (1 - HIDDEN))
    hidden = draw.sample(groups.pop("translations"), min(wanted // 2, 669))
    rest = [draw.sample(group, len(group)) for group in groups.values()]
    hidden += [row for some in zip_longest(*rest) for row in some if row is not None]
    hidden = [r for r in hidden if plain(r.prompt + r.context + r.answer) not in taken]
    rows += hidden[:wanted]
    draw.shuffle(rows)
    return rows


def edited(text: str) -> str:
    """Replace one character in a hundred."""
    draw = random.Random(text)
    return "".join("〓" if draw.random() < LIGHTLY else char for char in text)


Change = Callable[[str], str]


def same(text: str) -> str:
    """Leave a text as it is."""
    return text


def folded(text: str) -> str:
    """NFKC of a text."""
    return unicodedata.normalize("NFKC", text)


MIXES: dict[str, tuple[Change, bool, bool]] = {
    "plain": (same, False, False),
    "NFKC": (folded, False, False),
    "masked": (same, True, False),
    "cut": (same, False, True),
    "all three": (folded, True, True),
    "edited": (edited, False, False),
}
"""Change of every text, whether personal data is masked, whether answers are cut."""


def changed(rows: list[Row], mix: str) -> list[Row]:
    """Rows as a mix has them."""
    change, masked, cut = MIXES[mix]
    texts = [[change(text) for text in row[1:]] for row in rows]
    if masked:
        mask = Mask(what=["email", "phone", "postal_code", "my_number", "card"])
        hidden = iter(mask.hidden([text for three in texts for text in three]))
        texts = [[next(hidden) for _ in three] for three in texts]
    return [
        Row(row.origin, prompt, context, answer[:CUT] if cut else answer)
        for row, (prompt, context, answer) in zip(rows, texts, strict=True)
    ]


def known_sources(folder: Path) -> Path:
    """Recipe-like list of the known sets; of dolly every second row."""
    half = [json.dumps(row, ensure_ascii=False) for row in read(DOLLY)[::2]]
    (folder / "dolly.jsonl").write_text("\n".join(half) + "\n", encoding="utf-8")
    tasks = {"instruction": "input_text", "output": "output_text"}
    sources: list[dict[str, Any]] = [
        {"name": "dolly", "path": "dolly.jsonl", "form": "alpaca", "license": "CC-BY-SA-3.0"},
        {"name": "seed", "path": SEED, "form": "alpaca", "license": "Apache-2.0"},
        {"name": "megagon", "path": MEGAGON, "form": "utterances", "license": "MIT"},
        {"name": "persona", "path": PERSONA, "form": "utterances", "license": "CC-BY-SA-4.0"},
        {
            "name": "elyza", "path": ELYZA, "form": "elyza", "columns": tasks,
            "license": "CC-BY-SA-4.0",
        },
    ]  # fmt: skip
    for source in sources[1:]:
        source["path"] = str(DATA / source["path"])
    listed = {"sources": [{"use": "files"} | source for source in sources]}
    (folder / "known.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    return folder / "known.yaml"


def tried(rows: list[Row], mix: str, folder: Path) -> Score:
    """Curate a mix without its origins, recover them, and hold them against the truth."""
    below = folder / mix.replace(" ", "-")
    below.mkdir(parents=True, exist_ok=True)
    told = [
        {"no": n, "toi": row.prompt, "shiryou": row.context, "kotae": row.answer}
        for n, row in enumerate(changed(rows, mix))
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in told]
    (below / "mix.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    recipe = {
        "name": "mix", "purpose": "publish-data", "on_denied": "drop",
        "sources": [{
            "use": "files", "path": "mix.jsonl", "form": "alpaca", "key": "no", "columns":
            {"instruction": "toi", "input": "shiryou", "output": "kotae"},
        }],
    }  # fmt: skip
    (below / "mix.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    quiet = Talk(quiet=True)
    run = below / "run"
    curate(read_plan(below / "mix.yaml"), Run(run), workers=1, limit=None, talk=quiet)
    began = time.process_time()
    found = recover(run, [str(known_sources(folder))], source=None, talk=quiet)
    seconds = time.process_time() - began
    return scored(rows, run, seconds, found.facts["methods"])


def scored(rows: list[Row], run: Path, seconds: float, methods: dict[str, int]) -> Score:
    """Compare the table with the truth by the rows' numbers."""
    _, manifest = open_run(run)
    keys = pl.concat(
        [pl.read_parquet(s["path"], columns=["id", "source_key"]) for s in manifest["shards"]]
    )
    truth = pl.DataFrame(
        {"source_key": [str(n) for n in range(len(rows))], "truth": [row.origin for row in rows]},
        schema={"source_key": pl.String, "truth": pl.String},
    )
    table = (
        pl.read_parquet(run / "origins.parquet").join(keys, on="id").join(truth, on="source_key")
    )
    given = pl.col("origin").is_not_null()
    right = given & (pl.col("origin") == pl.col("truth")).fill_null(False)
    return Score(
        table.height,
        table.filter(pl.col("truth").is_not_null()).height,
        table.filter(right).height,
        table.filter(given & ~right).height,
        table.filter(pl.col("method") == "ambiguous").height,
        seconds,
        methods,
    )


def main() -> int:
    """Print a row a mix; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the known rows")
    parser.add_argument("--out", type=Path, help="folder to keep (default: a temporary one)")
    args = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as temporary:
        rows = mixed(args.share)
        print("mix           rows  recall  wrong  ambiguous    exact   prefix  minhash  rows/s")
        for mix in MIXES:
            score = tried(rows, mix, args.out or Path(temporary))
            by = "".join(f"{score.methods[m]:>9,}" for m in ("exact", "prefix", "minhash"))
            print(
                f"{mix:<10} {score.rows:>7,} {score.recall:>7.4f} {score.wrong:>6}"
                f" {score.ambiguous:>10}{by} {score.rows / score.seconds:>7,.0f}"
            )
            missed += score.wrong > 0 or (mix != "edited" and score.recall < RECALL)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
