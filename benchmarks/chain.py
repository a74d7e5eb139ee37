"""Claim: the web chain runs at 5x HojiChar's speed, at 10x with MeCab gated; exit 1 if not.

Run: python benchmarks/chain.py [--repeat 3] [--quick]

All sides take the same files, the real documents, through comparable steps: read, normalize,
deduplicate, lengths and shares, word lists, personal data, classifier, MeCab, write. chain.yaml
is llmx's chain, peers/hojichar_chain.py says which of HojiChar's filters stands for which step.
llmx runs decontamination, verification, licences and features beside; HojiChar has none.
CPU seconds are user and system time of the command, on one core; every round runs all sides in
turn, so other work on the machine hits all alike. The bars are for the chain itself: less the
start (the same command on every thousandth document: imports, compiled kernels, tables, lists)
and, for llmx, less its report, which no peer writes. The whole commands are printed beside.
A first run that is not counted compiles kernels. HojiChar gets an environment of its own below
benchmarks/results, made once by pip. --quick: every tenth document, no verdict. Exit 2: no real
data or no HojiChar.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from environments import NotInstalled, python_of
from measure import (
    RESULTS,
    ROOT,
    SHARED_DATA,
    cannot_run,
    document_files,
    holds,
    lines,
    machine,
    print_table,
)
from metering import Cost, Failed, meter, middle

FOLDER = RESULTS / "chain"
RECIPE, TEACHING = ROOT / "benchmarks" / "chain.yaml", ROOT / "benchmarks" / "chain_classifier.yaml"
LLMX: list[str | Path] = [sys.executable, "-m", "llmx_data.cli"]
GATE = "steps[6].filter.gate_hiragana=0.25"
BARS = {"llmx": 5.0, "llmx, gated": 10.0}
"""Least ratio of documents per CPU second of the chain to HojiChar's."""

RUNS = {"llmx": "all", "llmx, gated": "gated"}
"""Run folders of llmx's sides."""

BUDGET = {
    "ingest": 60,
    "dedup-exact": 8,
    "dedup-minhash": 20,
    "chars": 10,
    "lines": 10,
    "sentences": 10,
    "repetition": 45,
    "words": 15,
    "pii": 8,
    "decontaminate": 10,
    "classifier": 25,
    "morphology": 550,
    "publish": 30,
}
"""Microseconds per 1,000 characters, on a processor twice as fast as most: look at proportions."""


def lay_out(every: int) -> list[Path]:
    """Lay the folders that the recipes name; every nth document of each file. Gives the files."""
    originals = document_files()
    shutil.rmtree(FOLDER / "documents", ignore_errors=True)
    (FOLDER / "documents").mkdir(parents=True)
    for name, room in {"words": "toxicity", "eval": "eval", "dialogue": "dialogue"}.items():
        link = FOLDER / name
        link.unlink(missing_ok=True)
        link.symlink_to(SHARED_DATA / room)
    files = [FOLDER / "documents" / path.name for path in originals]
    for original, path in zip(originals, files, strict=True):
        if every == 1:
            path.symlink_to(original)
        else:
            _thin_out(original, path, every)
    return files


def _thin_out(original: Path, path: Path, every: int) -> None:
    import zstandard

    with zstandard.open(path, "wt", encoding="utf-8") as out:
        out.writelines(line for i, line in enumerate(lines(original)) if i % every == 0)


def sides(files: list[Path], python: Path, model: Path) -> dict[str, Callable[[], Cost]]:
    """Give what is measured: llmx twice, HojiChar; each llmx run begins with an empty folder."""

    def llmx(name: str, *more: str) -> Cost:
        out = FOLDER / "runs" / name
        shutil.rmtree(out, ignore_errors=True)
        command = [*LLMX, "curate", RECIPE, "--workers", "1", "--out", out]
        return meter([*command, *more], FOLDER / f"{name}.log")

    peer: list[str | Path] = [python, ROOT / "benchmarks" / "peers" / "hojichar_chain.py", *files]
    peer += ["--model", model, "--out", FOLDER / "runs" / "hojichar"]
    return {
        "llmx": lambda: llmx("all"),
        "llmx, gated": lambda: llmx("gated", "--set", GATE),
        "HojiChar": lambda: meter(peer, FOLDER / "hojichar.log"),
    }


def llmx_split(run: Path) -> list[list[object]]:
    """Rows of a table: steps with CPU seconds, stages with wall seconds, per 1,000 characters."""
    timings = json.loads((run / "run.json").read_bytes())["timings"]
    steps = [json.loads(path.read_bytes()) for path in sorted((run / "steps").glob("*.json"))]
    read, left = steps[1]["came"]["chars"], steps[-1]["came"]["chars"]
    wall = {name: timings[name]["seconds"] for name in ("inputs", "ingest")}
    rows = [_row(f"{name} (wall)", None, read, spent) for name, spent in wall.items()]
    for step in steps[1:-1]:
        came, cost = step["came"], dict(step["cpu_seconds"])
        spent = cost.pop("_all", None)
        if spent is None:
            spent = timings[step["step"]]["seconds"]
            rows.append(_row(f"{step['step']} (wall)", came["records"], came["chars"], spent))
            continue
        rows.append(_row(step["step"], came["records"], came["chars"], spent))
        rows += [_row(f"  {m}", None, step["measured_chars"][m], cpu) for m, cpu in cost.items()]
    wall = {name: timings[name]["seconds"] for name in ("audit", "publish", "report")}
    return rows + [_row(f"{name} (wall)", None, left, spent) for name, spent in wall.items()]


def _row(name: str, records: int | None, chars: int, seconds: float) -> list[object]:
    words = name.removesuffix(" (wall)").strip()
    budget = BUDGET.get(words) or BUDGET.get(words[3:])
    return [name, records, chars / 1e6, seconds, seconds / chars * 1e9, budget]


def peer_split(facts: dict[str, Any]) -> list[list[object]]:
    """Rows of a table: each filter of HojiChar, the documents that reached it, wall seconds."""
    rows: list[list[object]] = []
    alive = facts["read"]
    for step in facts["steps"]:
        rows.append([step["name"], alive, step["dropped"], step["seconds"]])
        alive -= step["dropped"]
    return rows


@dataclass(frozen=True)
class Sample:
    """A run: its whole cost, and the CPU seconds of its report."""

    cost: Cost
    report: float = 0.0

    @property
    def chain(self) -> float:
        """CPU seconds without the report."""
        return self.cost.cpu - self.report


def sampled(name: str, work: Callable[[], Cost]) -> Sample:
    """Run a side once."""
    cost = work()
    if name not in RUNS:
        return Sample(cost)
    timings = json.loads((FOLDER / "runs" / RUNS[name] / "run.json").read_bytes())["timings"]
    return Sample(cost, timings["report"]["own_cpu_seconds"])


def report(samples: dict[str, list[Sample]], starts: dict[str, list[Sample]]) -> dict[str, float]:
    """Print all tables; gives documents per CPU second of each side's chain."""
    peer = json.loads((FOLDER / "runs" / "hojichar" / "facts.json").read_bytes())
    kept = {"HojiChar": peer["kept"]}
    for name, folder in RUNS.items():
        ledger = json.loads((FOLDER / "runs" / folder / "steps" / "98-audit.json").read_bytes())
        kept[name] = ledger["came"]["records"]
    total = {name: middle([s.cost for s in some]) for name, some in samples.items()}
    start = {name: min(s.chain for s in some) for name, some in starts.items()}
    chain = {name: median(s.chain for s in some) - start[name] for name, some in samples.items()}
    speed = {name: peer["read"] / seconds for name, seconds in chain.items()}
    unit, whole = speed["HojiChar"], total["HojiChar"].cpu
    print_table(
        ["", "kept", "CPU s", "ratio", "start s", "chain s", "docs/CPU-s", "ratio", "wall s", "MB"],
        [
            [n, kept[n], c.cpu, whole / c.cpu, start[n], chain[n], speed[n], speed[n] / unit,
             c.wall, round(c.peak_mb)]
            for n, c in total.items()
        ],
    )  # fmt: skip
    print(f"{peer['read']:,} documents; ratios: of the whole commands, and of the chains")
    head = ["", "records", "M chars", "seconds", "us/1,000 chars", "budget"]
    for name in RUNS.values():
        print()
        print_table([f"llmx, last run ({name})", *head[1:]], llmx_split(FOLDER / "runs" / name))
    print()
    print_table(["HojiChar, last run", "came", "dropped", "wall s"], peer_split(peer))
    return speed


def main() -> int:
    """Lay out, train, warm up, measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="every tenth document, one round")
    options = parser.parse_args()
    if options.quick:
        options.repeat = 1
    files, model = lay_out(10), FOLDER / "prose.bin"
    samples: dict[str, list[Sample]] = {}
    starts: dict[str, list[Sample]] = {}
    try:
        python = python_of("hojichar", "hojichar-requirements.txt")
        command = [*LLMX, "classifier", "train", TEACHING, "--out", model, "--workers", "1"]
        meter(command, FOLDER / "classifier.log")
        every = sides(files, python, model)
        for work in every.values():
            work()
        lay_out(1000)
        for _ in range(2):
            for name, work in every.items():
                starts.setdefault(name, []).append(sampled(name, work))
        lay_out(10)
        if not options.quick:
            lay_out(1)
        for number in range(options.repeat):
            for name, work in every.items():
                samples.setdefault(name, []).append(sampled(name, work))
                cpu = samples[name][-1].cost.cpu
                print(f"round {number + 1}: {name}: {cpu:.1f} CPU-s", flush=True)
    except (NotInstalled, Failed) as error:
        cannot_run(str(error))
    print(machine())
    speed = report(samples, starts)
    print()
    good = [
        holds(f"{name} / HojiChar", speed[name] / speed["HojiChar"], BARS[name]) for name in BARS
    ]
    if options.quick:
        print("bars are for all documents: a small run is not judged")
    return 0 if options.quick or all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
