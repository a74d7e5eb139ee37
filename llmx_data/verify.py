"""`llmx verify RUN`: recompute hashes, rows and the ledger of a finished run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.run import open_run
from llmx_data.core.storage import read_json, sha256_file


def verify(path: Path) -> str:
    """Recompute hashes, rows and the ledger; DataError lists everything that does not hold."""
    run, manifest = open_run(path)
    faults = [*_file_faults(path, manifest), *_ledger_faults(path, manifest)]
    faults += [
        f"{shard['path']}: content changed"
        for shard in manifest["shards"]
        if not Path(shard["path"]).is_file()
        or sha256_file(Path(shard["path"]))[:16] != shard["key"]
    ]
    if faults:
        raise DataError(
            f"{run.path}: {len(faults)} things do not hold\n    " + "\n    ".join(faults)
        )
    records = manifest["summary"]["kept"]["records"]
    return f"{path}: {len(manifest['outputs'])} files and {records:,} records hold"


def _file_faults(path: Path, manifest: dict[str, Any]) -> Iterator[str]:
    expected = manifest["outputs"]
    for name, facts in expected.items():
        file = path / name
        if not file.is_file():
            yield f"{name}: missing"
        elif sha256_file(file) != facts["sha256"]:
            yield f"{name}: content changed"
        elif "rows" in facts and _height(file) != facts["rows"]:
            yield f"{name}: {_height(file)} rows, {facts['rows']} expected"
    for file in (path / "dataset").rglob("*"):
        name = file.relative_to(path).as_posix()
        if file.is_file() and name not in expected:
            yield f"{name}: not part of the run"


def _height(file: Path) -> int:
    return int(pl.scan_parquet(file).select(pl.len()).collect().item())


def _ledger_faults(path: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """At every step what came in is what was kept and what was dropped; drops have their rows."""
    came: int | None = None
    for file in sorted((path / "steps").glob("*.json")):
        entry = read_json(file)
        due = entry["came"]["records"]
        gone = sum(c["records"] for c in entry["dropped"].values())
        if came is not None and due != came:
            yield f"{entry['step']}: {due} records came in, {came} were due"
        rows = _height(path / "drops" / f"{entry['step']}.parquet")
        if rows != gone:
            yield f"drops/{entry['step']}.parquet: {rows} rows for {gone} dropped records"
        came = due - gone
    kept = sum(f["rows"] for f in manifest["outputs"].values() if "rows" in f)
    if came != kept and any("rows" in f for f in manifest["outputs"].values()):
        yield f"dataset/: {kept} rows, {came} were kept"
