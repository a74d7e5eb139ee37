"""Claim: the web chain runs at 5x HojiChar's speed, at 10x with MeCab gated; exit 1 if not.

Run: python benchmarks/chain.py [--repeat 3] [--quick]

All sides take the same files, the real documents, through comparable steps: read, normalize,
deduplicate, lengths and shares, word lists, personal data, classifier, MeCab, write. chain.yaml
is llmx's chain, peers/hojichar_chain.py says which of HojiChar's filters stands for which step.
llmx runs decontamination, verification, licences, features and report beside; HojiChar has none.
CPU seconds are those of the whole command, start included, user and system, on one core; every
round runs all sides in turn, so other work on the machine hits all alike. A first run that is
not counted compiles kernels. HojiChar gets an environment of its own below benchmarks/results,
made once by pip. --quick: every tenth document, no verdict. Exit 2: no real data or no HojiChar.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
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
"""Least ratio of documents per CPU second to HojiChar's."""

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


def report(costs: dict[str, list[Cost]]) -> dict[str, float]:
    """Print all tables; gives documents per CPU second of each side."""
    peer = json.loads((FOLDER / "runs" / "hojichar" / "facts.json").read_bytes())
    kept = {"HojiChar": peer["kept"]}
    for name in ("all", "gated"):
        ledger = json.loads((FOLDER / "runs" / name / "steps" / "98-audit.json").read_bytes())
        kept["llmx" if name == "all" else "llmx, gated"] = ledger["came"]["records"]
    total = {name: middle(some) for name, some in costs.items()}
    speed = {name: peer["read"] / cost.cpu for name, cost in total.items()}
    unit = speed["HojiChar"]
    print_table(
        ["", "read", "kept", "CPU s", "wall s", "docs/CPU-s", "ratio", "peak MB"],
        [
            [n, peer["read"], kept[n], c.cpu, c.wall, speed[n], speed[n] / unit, round(c.peak_mb)]
            for n, c in total.items()
        ],
    )
    head = ["", "records", "M chars", "seconds", "us/1,000 chars", "budget"]
    for name in ("all", "gated"):
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
    costs: dict[str, list[Cost]] = {}
    try:
        python = python_of("hojichar", "hojichar-requirements.txt")
        command = [*LLMX, "classifier", "train", TEACHING, "--out", model, "--workers", "1"]
        meter(command, FOLDER / "classifier.log")
        every = sides(files, python, model)
        for work in every.values():
            work()
        if not options.quick:
            lay_out(1)
        for number in range(options.repeat):
            for name, work in every.items():
                costs.setdefault(name, []).append(work())
                print(f"round {number + 1}: {name}: {costs[name][-1].cpu:.1f} CPU-s", flush=True)
    except (NotInstalled, Failed) as error:
        cannot_run(str(error))
    print(machine())
    speed = report(costs)
    print()
    good = [
        holds(f"{name} / HojiChar", speed[name] / speed["HojiChar"], BARS[name]) for name in BARS
    ]
    if options.quick:
        print("bars are for all documents: a small run is not judged")
    return 0 if options.quick or all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
