"""Claim: of answers written by people the screening filters drop under 0.1 %; else exit 1.

Run: python benchmarks/screening.py [--show FILTER]

Claimed for chinese_leak, refusal, assistant_identity, template_residue and broken_text, each over
all files; the others (loop, truncation, missing_attachment, echo, copied_source) are printed with
their rates, to be read with `--show`, which lists the ids dropped, never a text. An answer is
every turn that
replies to one, its prompt the turn before it; `copied_source` looks for them in documents that none
of them was made of. Each measure costs at most 15 us per 1,000 characters of answers of 200 and
more (missing_attachment: of Dolly prompts), CPU, the best of five, all in one process; 25 for echo,
of prompts and answers, and 75 for copied_source, which waits for memory. Exit 2: no data.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from measure import SHARED_DATA, cannot_run, cpu_seconds, holds, lines, machine, print_table

from llmx_data.core.batch import Pairs
from llmx_data.core.parts import find
from llmx_data.filter.stage import measures_for
from llmx_data.kernels.text import Texts

CLAIMED = ("chinese_leak", "refusal", "assistant_identity", "template_residue", "broken_text")
READ = ("loop", "truncation", "missing_attachment", "echo", "copied_source")
BAR = 0.1
"""Per cent of the answers of all files."""

COST_BAR = 15.0
COST_BARS = {"echo": 25.0, "copied_source": 75.0}
"""CPU microseconds per 1,000 characters of each measure; of those that compare two texts."""

DOCUMENTS = "documents"
"""Folder of the documents of others: encyclopedia, news, laws, old books, manuals."""

Turns = list[str]


def dialogues(path: Path) -> Iterator[tuple[str, Turns]]:
    """Read turns of a file of dialogues: `utterances` with `text`."""
    rows = lines(path) if path.suffix == ".zst" else path.open(encoding="utf-8")
    for line in rows:
        row = json.loads(line)
        yield row["id"], [turn["text"] for turn in row["utterances"]]


def accommodation(path: Path) -> Iterator[tuple[str, Turns]]:
    """Read turns of the accommodation dialogues, put together from their sentences."""
    found: dict[str, dict[int, dict[int, str]]] = {}
    for line in lines(path):
        row = json.loads(line)
        dialogue, _, rest = row["sid"]["id"].rpartition(".")
        turn, _, part = rest.partition("-")
        found.setdefault(dialogue, {}).setdefault(int(turn), {})[int(part)] = row["text"]
    for name, turns in found.items():
        yield name, ["".join(p[k] for k in sorted(p)) for _, p in sorted(turns.items())]


def meetings(path: Path) -> Iterator[tuple[str, Turns]]:
    """Sentences of translated meetings as turns."""
    for row in json.loads(gzip.decompress(path.read_bytes())):
        yield row["id"], [sentence["ja_sentence"] for sentence in row["conversation"]]


def pairs(path: Path) -> Iterator[tuple[str, Turns]]:
    """Instruction with its input, and the output."""
    text = "".join(lines(path)) if path.suffix == ".zst" else path.read_text(encoding="utf-8")
    for line in io.StringIO(text):
        row = json.loads(line)
        items = row.get("instances") or [row]
        prompt = "\n\n".join(filter(None, (row["instruction"], items[0].get("input"))))
        yield str(row.get("id") or row["index"]), [prompt, items[0]["output"]]


FILES: dict[str, Callable[[Path], Iterator[tuple[str, Turns]]]] = {
    "dialogue/ami_meeting_test.json.gz": meetings,
    "dialogue/asdc_main_scud.jsonl.zst": accommodation,
    "dialogue/open2ch_dev.jsonl.zst": dialogues,
    "dialogue/real_persona_chat_1500.jsonl.zst": dialogues,
    "instruction/alpaca_seed_tasks_jp.jsonl": pairs,
    "instruction/databricks-dolly-15k-ja.part.jsonl.zst": pairs,
    "instruction/megagonlabs_instruction_ja.jsonl": dialogues,
}


def answers(data: Path) -> pl.DataFrame:
    """Give a row per answer: file, id, prompt, answer."""
    rows = [
        (name.partition("/")[2].partition(".")[0], f"{key}#{i}", turns[i - 1], turns[i])
        for name, read in FILES.items()
        for key, turns in read(data / name)
        for i in range(1, len(turns))
    ]
    return pl.DataFrame(rows, schema=["file", "id", "prompt", "answer"], orient="row")


def sides(frame: pl.DataFrame) -> dict[str, Any]:
    """Batches of a frame by the side that a filter judges."""
    prompts, answers = Texts(frame["prompt"]), Texts(frame["answer"])
    return {"prompt": prompts, "answer": answers, "all": answers, "pair": Pairs(prompts, answers)}


def options(use: str, data: Path) -> dict[str, str]:
    """Options a part cannot do without."""
    return {"path": str(data / DOCUMENTS)} if use == "copied_source" else {}


def dropped(batches: dict[str, Any], use: str, data: Path) -> pl.Series:
    """Whether a filter drops each row."""
    part: Any = find("filter", use, Path())(**options(use, data))
    texts = batches[part.on]
    features = pl.concat([m.measure(texts) for m in measures_for(part)], how="horizontal")
    bad = [reason.bad.fill_null(False) for reason in part.reasons()]
    return features.select(pl.any_horizontal(bad).alias(use)).to_series()


def costs(frame: pl.DataFrame, data: Path) -> list[list[object]]:
    """CPU microseconds of each measure per 1,000 characters of its side, decoded before."""
    long = frame.filter(pl.col("answer").str.len_chars() >= 200)
    dolly = frame.filter(pl.col("file").str.starts_with("databricks"))
    rows: list[list[object]] = []
    for use in (*CLAIMED, *READ, "phrases", "sentences", "lines", "repetition"):
        measure: Any = find("measure", use, Path())(**options(use, data))
        side = {"missing_attachment": "prompt", "echo": "pair"}.get(use, "answer")
        some = dolly if side == "prompt" else long
        texts = sides(some)[side]
        whole = [texts.prompts, texts.answers] if side == "pair" else [texts]
        _ = [(t.classes, t.folded) for t in whole], measure.measure(sides(some.head(1))[side])
        spent = cpu_seconds(lambda m=measure, t=texts: m.measure(t), rounds=5)  # type: ignore[misc]
        rows.append([use, spent / sum(len(t.points.points) for t in whole) * 1e9])
    return rows


def main() -> int:
    """Count drops per filter and file; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", help="print the ids that one filter drops")
    parser.add_argument("--data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    missing = [name for name in (*FILES, DOCUMENTS) if not (asked.data / name).exists()]
    if missing:
        cannot_run(f"{asked.data} lacks {', '.join(missing)}: set LLMX_SHARED_DATA")
    frame = answers(asked.data)
    uses, batches = [*CLAIMED, *READ], sides(frame)
    frame = frame.with_columns([dropped(batches, use, asked.data) for use in uses])
    if asked.show:
        for key in frame.filter(asked.show).select(pl.concat_str("file", "id", separator=" "))[
            "file"
        ]:
            print(key)
        return 0
    print(machine())
    counts = frame.group_by("file", maintain_order=True).agg(pl.len(), pl.col(uses).sum())
    print_table(["file", "answers", *uses], [list(row) for row in counts.iter_rows()])
    print_table(["measure", "us per 1,000 characters"], spent := costs(frame, asked.data))
    good = [holds(f"{u}, % of all", 100 * frame[u].mean(), BAR, at_most=True) for u in CLAIMED]
    own = {str(row[0]): row[1] for row in spent}
    good += [
        holds(
            f"{use}, us per 1,000 characters",
            float(str(own[use])),
            COST_BARS.get(use, COST_BAR),
            at_most=True,
        )
        for use in uses
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
