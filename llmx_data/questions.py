"""Questions to a finished run: what became of a record, and does everything still hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.run import open_run
from llmx_data.core.storage import read_json, sha256_file

COUNTED = ("records",)


def story(path: Path, start: str) -> dict[str, Any]:
    """Where a record came from, every feature measured, what was done to it, where it went.

    Errors: RecipeError when no record, or more than one, begins with `start`.
    """
    run, manifest = open_run(path)
    shard, row = _find(manifest, start)
    record = pl.read_parquet(shard["path"]).row(row, named=True)
    features: dict[str, Any] = {}
    for folder in sorted((run.store / "features").iterdir()):
        file = folder / f"{shard['key']}.parquet"
        if file.exists() and not _is_fingerprint(folder.name):
            found = pl.read_parquet(file).filter(pl.col("id") == record["id"])
            for values in found.drop("id").iter_rows(named=True):
                features |= values
    drops = [r for f in _drop_files(path) for r in _rows(f, pl.col("id") == record["id"])]
    twins = [
        r
        for f in sorted((run.store / "edges").glob("*.parquet"))
        for r in _rows(f, (pl.col("id_a") == record["id"]) | (pl.col("id_b") == record["id"]))
    ]
    published = None if drops else _published(path, record["id"])
    return {
        "record": record,
        "features": features,
        "drops": drops,
        "duplicates": twins,
        "published": published,
    }


def _is_fingerprint(name: str) -> bool:
    return "fingerprint-" in name


def _find(manifest: dict[str, Any], start: str) -> tuple[dict[str, Any], int]:
    hits: list[tuple[dict[str, Any], int]] = []
    for shard in manifest["shards"]:
        ids = pl.read_parquet(shard["path"].replace(".parquet", ".sizes.parquet"), columns=["id"])
        for row in ids["id"].str.starts_with(start).arg_true().to_list():
            hits.append((shard, row))
    if len(hits) != 1:
        raise RecipeError(
            f"{len(hits)} records have an id that begins with '{start}'"
            + (
                "\n    give more characters of it"
                if hits
                else "\n    ids are in drops/ and dataset/"
            )
        )
    return hits[0]


def _drop_files(path: Path) -> list[Path]:
    return sorted((path / "drops").glob("*.parquet"))


def _rows(file: Path, condition: pl.Expr) -> list[dict[str, Any]]:
    return pl.scan_parquet(file).filter(condition).collect().to_dicts()


def _published(path: Path, record_id: str) -> dict[str, Any] | None:
    for file in sorted((path / "dataset").rglob("train-*.parquet")):
        rows = _rows(file, pl.col("id") == record_id)
        if rows:
            return {
                "file": str(file.relative_to(path)),
                "license": rows[0]["license"],
                "text": rows[0]["text"],
            }
    return None


def story_page(path: Path, start: str) -> str:
    """`llmx why` for people."""
    found = story(path, start)
    record = found["record"]
    lines = [f"record   {record['id']}", f"source   {record['source']}  {record['source_key']}"]
    for name in ("title", "url", "date", "attribution"):
        if record[name]:
            lines.append(f"{name:<8} {' '.join(record[name].split())[:200]}")
    lines += [
        f"licence  {record['license_declared']} (declared; {record['license_basis']})"
        + (f", database {record['license_db']}" if record["license_db"] else ""),
        f"text     {record['adaptation']}, {len(record['text']):,} characters: "
        f"{' '.join(record['text'][:120].split())}",
    ]
    if found["features"]:
        lines.append("measured")
        lines += [f"  {name:<32} {_short(value)}" for name, value in found["features"].items()]
    for twin in found["duplicates"]:
        other = twin["id_b"] if twin["id_a"] == record["id"] else twin["id_a"]
        lines.append(
            f"similar  {other}  Jaccard {twin['jaccard']:.3f}, containment "
            f"{twin['containment']:.3f} ({twin['method']})"
        )
    for drop in found["drops"]:
        lines.append(f"dropped  at {drop['step']}: {drop['reason']}{_because(drop)}")
    if found["published"]:
        lines.append(f"kept     {found['published']['file']} under {found['published']['license']}")
    return "\n".join(lines)


def _because(drop: dict[str, Any]) -> str:
    text = (
        f" ({_short(drop['value'])}, threshold {_short(drop['threshold'])})"
        if (drop["value"] is not None)
        else ""
    )
    text += f"; {drop['kept_id']} stays" if drop["kept_id"] else ""
    return text + (f"; also {', '.join(drop['also'])}" if drop["also"] else "")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


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
