"""Curate all shared documents and instructions: seconds, memory and drops of a real run.

    python benchmarks/real.py [--times 10] [--workers 2] [--out runs/real]

With `--times n` the documents are replaced by n times as many, made of their sentences in a new
order, so that no text is a near-duplicate of another: what grows then is the price of a record.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import zstandard

DATA = Path(
    os.environ.get("LLMX_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
BARS = {"seconds": 240.0, "peak_mb": 2000.0, "bytes_per_record": 150.0}

WIKI, ART13 = "CC-BY-SA-3.0", "LicenseRef-llmx-JP-art13"
DOCUMENTS: list[dict[str, Any]] = [
    {"name": "aozora", "path": "aozora_pd.jsonl.zst", "license": "LicenseRef-llmx-PD-JP"},
    {"name": "docs_react", "path": "docs_react_ja.jsonl.zst", "license": "CC-BY-4.0"},
    {"name": "docs_vue", "path": "docs_vue_ja.jsonl.zst", "license": "CC-BY-4.0"},
    {"name": "jaquad", "path": "jaquad_contexts_train.jsonl.zst", "license": WIKI},
    {"name": "law", "path": "law_2013.jsonl.zst", "license": ART13},
    {"name": "wikinews", "path": "wikinews_ja.jsonl.zst", "license": "CC-BY-2.5"},
    {"name": "wikipedia_kyoto", "path": "wikipedia_kyoto.jsonl.zst", "license": WIKI},
]
SENTENCES: list[dict[str, Any]] = [
    {"name": "ita", "path": "ita_recitation_transcript.txt", "license": "Unlicense"},
    {"name": "ntrex", "path": "ntrex_newstest2019_jpn.txt.gz", "license": "CC-BY-SA-4.0"},
    {"name": "rohan", "path": "rohan4600_transcript.txt.gz", "license": "CC0-1.0"},
]
INSTRUCTIONS: list[dict[str, Any]] = [
    {"name": "dolly_ja", "path": "databricks-dolly-15k-ja.part.jsonl.zst", "license": WIKI,
     "form": "alpaca", "key": "source_path", "adaptation": "translated"},
    {"name": "seed_tasks", "path": "alpaca_seed_tasks_jp.jsonl", "license": "Apache-2.0",
     "form": "alpaca", "key": "id", "adaptation": "translated"},
    {"name": "megagon", "path": "megagonlabs_instruction_ja.jsonl", "license": "MIT",
     "form": "utterances", "key": "id"},
]  # fmt: skip
EVALUATIONS = [
    {"name": "jcommonsenseqa", "path": "jglue_jcommonsenseqa_valid-v1.3.json.gz"},
    {"name": "jsquad", "path": "jglue_jsquad_valid-v1.3.json.gz",
     "fields": ["data.paragraphs.qas.question"]},
    {"name": "elyza_tasks_100", "path": "elyza_tasks_100.jsonl", "fields": ["input_text"]},
    {"name": "mt_bench_ja", "path": "japanese_mt_bench_question_full.jsonl"},
]  # fmt: skip


def recipe(folder: Path, times: int) -> Path:
    """Write the recipe; with `times` over 1 its documents are the reshuffled ones."""
    pages = [{"use": "files", "key": "id"} | _below("documents", s) for s in DOCUMENTS]
    if times > 1:
        mixed = folder / "reshuffled.jsonl.zst"
        reshuffled(mixed, times)
        pages = [{"use": "files", "name": "reshuffled", "path": str(mixed), "license": WIKI}]
    sources = [
        *pages,
        *({"use": "files"} | _below("documents", s) for s in SENTENCES),
        *({"use": "files"} | _below("instruction", s) for s in INSTRUCTIONS),
    ]
    names = [page["name"] for page in pages]
    steps = [
        {"dedup": ["exact", {"use": "minhash", "threshold": 0.8}]},
        {
            "decontaminate": {"against": [_below("eval", e) for e in EVALUATIONS]},
            "only": [s["name"] for s in sources if s["name"] != "law"],
        },
        {"filter": {"preset": "instruction-ja"}, "only": ["instruction", "conversation"]},
        *_page_filters(names),
        {"pii": {"mode": "mask"}},
    ]
    text = {
        "name": f"real-{times}",
        "description": "Every document and instruction of the shared data.",
        "purpose": "publish-data",
        "on_denied": "drop",
        "date": "2026-11-21",
        "tokenizer": str(DATA / "tokenizer" / "llm-jp-tokenizer-100k.ver3.1.model"),
        "sources": sources,
        "steps": steps,
    }
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


PRESETS = {
    "prose-ja": ["aozora", "jaquad", "wikipedia_kyoto", "reshuffled"],
    "news-ja": ["wikinews"],
    "official-ja": ["law"],
    "web-ja": ["docs_react", "docs_vue"],
}


def _page_filters(names: list[str]) -> list[dict[str, Any]]:
    """One filter step per preset, for those of its sources that there are."""
    present = {preset: [n for n in of if n in names] for preset, of in PRESETS.items()}
    return [{"filter": {"preset": p}, "only": of} for p, of in present.items() if of]


def _below(room: str, source: dict[str, Any]) -> dict[str, Any]:
    return source | {"path": str(DATA / room / source["path"])}


def reshuffled(path: Path, times: int) -> None:
    """Write `times` as many documents as there are, of the same lengths, of sentences at random."""
    texts: list[str] = []
    for source in DOCUMENTS:
        raw = zstandard.open(DATA / "documents" / source["path"], "rt", encoding="utf-8")
        texts += [json.loads(line)["text"] for line in raw]
    sentences = [s for text in texts for s in re.findall(r"[^。\n]+。?", text)]
    rng = random.Random(times)
    with zstandard.open(path, "wt", encoding="utf-8") as out:
        for _ in range(times):
            for text in texts:
                picked, size = [], 0
                while size < len(text):
                    picked.append(rng.choice(sentences))
                    size += len(picked[-1])
                out.write(json.dumps({"text": "".join(picked)}, ensure_ascii=False) + "\n")


def watched(command: list[str]) -> tuple[float, float]:
    """Run a command; give wall seconds and the peak memory (PSS, MB) of all its processes."""
    began = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory_mb(process.pid))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {process.returncode}")
    return time.perf_counter() - began, peak


def _memory_mb(session: int) -> float:
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                found = re.search(
                    r"^Pss:\s+(\d+)", stat.with_name("smaps_rollup").read_text(), re.M
                )
                total += int(found[1]) if found else 0
        except (OSError, ValueError):
            continue
    return total / 1024


def show(run: Path, seconds: float, peak: float) -> int:
    """Print what the run did and what it cost; gives the records that came in."""
    timings = json.loads((run / "run.json").read_text())["timings"]
    print(f"{'wall':<60}{seconds:8.1f} s, peak of all processes {peak:,.0f} MB")
    for step, facts in timings.items():
        print(f"  {step:<58}{facts['seconds']:8.1f} s")
    came = 0
    for file in sorted((run / "steps").glob("*.json")):
        entry = json.loads(file.read_text())
        reasons = ", ".join(f"{r} {c['records']:,}" for r, c in entry["dropped"].items())
        print(f"{entry['step']:<28}{entry['came']['records']:>9,}  {reasons}")
        came = came or entry["came"]["records"]
    print(f"{came / seconds:,.0f} records per second of wall time")
    return came


def main() -> None:
    """Run, print, and exit 1 below the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="copies of the documents, reshuffled")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--base", type=int, help="with --times: first run this many times")
    args = parser.parse_args()
    if not (DATA / "MANIFEST.json").is_file():
        raise SystemExit(f"no shared data in {DATA} (set LLMX_SHARED_DATA)")
    seen: list[tuple[int, float, float]] = []
    for times in filter(None, (args.base, args.times)):
        folder = (args.out / f"real-{times}").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        path, run = recipe(folder, times), folder / "run"
        subprocess.run(["rm", "-rf", str(run)], check=True)
        command = [sys.executable, "-m", "llmx_data.cli", "curate", str(path), "--out", str(run)]
        seconds, peak = watched([*command, "--workers", str(args.workers)])
        seen.append((show(run, seconds, peak), seconds, peak))
    faults = []
    if args.times == 1 and seen[-1][1] > BARS["seconds"]:
        faults.append(f"{seen[-1][1]:.0f} s, bar {BARS['seconds']:.0f}")
    if seen[-1][2] > BARS["peak_mb"]:
        faults.append(f"{seen[-1][2]:.0f} MB, bar {BARS['peak_mb']:.0f}")
    if len(seen) == 2:
        (few, _, low), (many, _, high) = seen
        grown = (high - low) * 2**20 / (many - few)
        print(f"{grown:.0f} bytes of peak memory per added record")
        if grown > BARS["bytes_per_record"]:
            faults.append(f"{grown:.0f} bytes per record, bar {BARS['bytes_per_record']:.0f}")
    if faults:
        raise SystemExit("below the bar: " + "; ".join(faults))


if __name__ == "__main__":
    main()
